/* SPDX-License-Identifier: MIT
 * What each event does.
 */
#pragma once

#include "tests/sim/crew.h"

/* event_happen: and whoever died of it is opened again. */
void event_happen(struct world *w, const struct event *e);

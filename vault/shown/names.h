/* SPDX-License-Identifier: MIT
 * Third step: who claims which name. Files first; then directories, which are shown because of what is in them, from
 * below upwards.
 */
#pragma once

#include "vault/shown/units.h"

/* names_update: NAMES, SPECIAL and REVIVED. Afterwards u->changed are the buckets of which something changed. */
MUST_CHECK err_t names_update(struct update *u);

/* SPDX-License-Identifier: MIT
 * One round of the engine of a vault of format 2.
 */
#pragma once

#include "sync/round.h"

/* round2_run: as round_run, which calls it. */
MUST_CHECK err_t round2_run(struct sync *s, struct round *r);

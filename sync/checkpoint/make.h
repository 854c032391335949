/* SPDX-License-Identifier: MIT
 * Checkpoints: all shared records that are published here, as of what is applied here. At any time when
 * nothing of ours is on its way there (core/state_form.h): there is nothing to be consistent with but own positions and
 * digest. The next head announces it.
 */
#pragma once

#include "sync/core/state.h"

struct sync;
/* make_due: `times` the bytes of commits are there that call for one. */
bool make_due(const struct sync *s, unsigned times);
/* make_run: into the queue; ERR_OK also when of these records none can be made, which is said. ERR_CANCELED: the
 * engine is to end; what was made is dropped (checkpoint_drop). */
MUST_CHECK err_t make_run(struct sync *s);

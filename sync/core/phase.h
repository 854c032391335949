/* SPDX-License-Identifier: MIT
 * What the engine is doing, and its end.
 */
#pragma once

#include "sync/core/config.h"
#include "sync/core/state.h"

/* sync_phase_set: what status shows. sync_stopping: sync_stop was called. */
void sync_phase_set(struct sync *s, enum sync_phase phase);
bool sync_stopping(struct sync *s);
/* sync_halt: publishing ends for good, persisted: the store shows what its signed history excludes. ERR_FORK, or what
 * the map fails with. */
err_t sync_halt(struct sync *s, const char *text);

/* SPDX-License-Identifier: MIT
 * The engine's thread.
 */
#pragma once

#include "sync/core/config.h"

/* sync_start: its thread. sync_stop: returns when nothing of it runs or uploads any more; what was not uploaded stays
 * queued. */
MUST_CHECK err_t sync_start(struct sync *s);
void sync_stop(struct sync *s);
/* sync_step: one round (pull, publish, upload, checkpoint, head) on the caller's thread, for tests without a thread. */
MUST_CHECK err_t sync_step(struct sync *s);
/* sync_wake: something changed locally, or the user asks: look now. */
void sync_wake(struct sync *s);
/* sync_wait: until everything applied to the map before the call is durable on the store, or `timeout_ms` (0: none).
 * ERR_TIMEOUT, ERR_STOREFULL, ERR_DENIED, ERR_REFUSED, ERR_FORK, ERR_NET (with the sentence of status). */
MUST_CHECK err_t sync_wait(struct sync *s, unsigned timeout_ms, struct why *why);

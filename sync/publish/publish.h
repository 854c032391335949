/* SPDX-License-Identifier: MIT
 * From the closed set to what is published: states and steps are in core/state_form.h.
 */
#pragma once

#include "sync/core/config.h"

/* Of a closed set as much becomes one commit; what is more goes back (vault/changeset/turn_back.h). Twice that is what
 * others take, and a commit is mostly smaller than the records in it. */
#define PUBLISH_KEYS ((size_t)1 << 21)
#define PUBLISH_BYTES ((uint64_t)256 << 20)
#define PUBLISH_CONTENT ((uint64_t)512 << 20)

/* publish_finish: whatever is closed is packed, becomes a commit in the queue, and joins what is published: RESTING is
 * what is left. An epoch that is due is begun before (begin.h). Nothing is sent. After a failure or a crash it goes on
 * where it was. ERR_CANCELED: the engine is to end.
 */
MUST_CHECK err_t publish_finish(struct sync *s);

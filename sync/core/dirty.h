/* SPDX-License-Identifier: MIT
 * Whether there is something to publish. What cannot be read counts as such.
 */
#pragma once

#include "sync/core/config.h"

/* sync_dirty: local changes that are in no closed changeset. Any thread, also when no changeset is open any more
 * (struct changeset). */
bool sync_dirty(const struct sync *s);
/* sync_open_set: n of the open set (vault/changeset/state.h). 0: it cannot be read. Any thread. */
uint64_t sync_open_set(const struct sync *s);
/* sync_closed: a closed changeset has no commit yet. With `work` held. */
bool sync_closed(const struct sync *s);

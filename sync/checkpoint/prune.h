/* SPDX-License-Identifier: MIT
 * Old checkpoints.
 */
#pragma once

#include "sync/core/ops.h"

struct sync;
/* checkpoint_key: of the note about an own checkpoint: the ids of its objects, by the sequence of its manifest. */
void checkpoint_key(uint64_t sequence, struct buf *key);
/* checkpoint_refs: the ids of the objects of our newest one: its chunks', and its manifest's last. ERR_NOTFOUND: none;
 * what map_scan fails with. `ret` is replaced. */
MUST_CHECK err_t checkpoint_refs(struct sync *s, struct buf *ret);
/* checkpoint_prune: older ones than the newest two leave the store. */
MUST_CHECK err_t checkpoint_prune(struct sync *s);

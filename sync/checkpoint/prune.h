/* SPDX-License-Identifier: MIT
 * Old checkpoints.
 */
#pragma once

#include "sync/core/ops.h"

struct sync;
/* checkpoint_key: of the note about an own checkpoint: the ids of its objects, by the sequence of its manifest. */
void checkpoint_key(uint64_t sequence, struct buf *key);
/* checkpoint_prune: older ones than the newest two leave the store. */
MUST_CHECK err_t checkpoint_prune(struct sync *s);

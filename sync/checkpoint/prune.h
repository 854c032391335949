/* SPDX-License-Identifier: MIT
 * Old checkpoints.
 */
#pragma once

#include "sync/core/ops.h"

struct sync;
/* checkpoint_key: of the note about an own checkpoint. */
void checkpoint_key(uint64_t height, struct buf *key);
/* checkpoint_retire: the records of own checkpoints that will be pruned; checkpoint_prune: they leave the store. */
MUST_CHECK err_t checkpoint_retire(struct sync *s, struct ops *o);
MUST_CHECK err_t checkpoint_prune(struct sync *s);

/* SPDX-License-Identifier: MIT
 * Batches: ordered puts and deletes that are applied whole.
 */
#pragma once

#include "cache/types.h"

struct batch; /* ordered puts and deletes; owned by the caller until freed; the last op on a key wins */
struct batch *batch_new(void);
void batch_freep(struct batch **b);
void batch_clear(struct batch *b);
bool batch_empty(const struct batch *b);
/* batch_use: what it is for, which says how much of the reserve it may take (README.md, "Space"); batch_clear and
 * map_apply make it MAP_WRITES again. MAP_CLAIMED: what was accepted by map_claim before: never refused for want of
 * space. */
enum map_use { MAP_WRITES, MAP_CLAIMED, MAP_REMOVES };
void batch_use(struct batch *b, enum map_use use);
/* Failures (out of memory, sizes over the limits) are sticky and reported by map_apply. Keys and values are copied. */
void batch_put(struct batch *b, enum map_table t, struct span key, struct span value);
void batch_del(struct batch *b, enum map_table t, struct span key);
/* batch_put_buf: like batch_put, but takes the value's memory over (no copy of a large block). */
void batch_put_buf(struct batch *b, enum map_table t, struct span key, struct buf *value);

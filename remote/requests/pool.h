/* SPDX-License-Identifier: MIT
 * A few threads that work off requests with blocking calls: the engine of the dir and mem stores.
 * The threads live until pool_free, so that what is submitted after a shutdown is still answered by them.
 */
#pragma once

#include "remote/requests/store_op.h"

/* pool_run: does the op; fills `body` for a GET. Runs on several threads at once. */
typedef err_t (*pool_run)(void *ctx, struct store_op *op, struct buf *body);

struct pool;
/* pool_new: at most `threads`, at least one. ERR_NOMEM. */
MUST_CHECK err_t pool_new(unsigned threads, pool_run run, void *ctx, struct pool **ret);
/* pool_submit: copies the request; it is answered once, on a thread of the pool, by what `run` returns. */
void pool_submit(struct pool *p, enum store_op_kind kind, const struct store_request *r);
/* pool_shutdown: what is queued and what comes later is answered ERR_CANCELED; returns when all is answered. */
void pool_shutdown(struct pool *p);
/* pool_down: pool_shutdown was called. pool_free: calls it, and ends the threads; NULL is fine. */
bool pool_down(struct pool *p);
void pool_free(struct pool *p);

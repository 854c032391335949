/* SPDX-License-Identifier: MIT
 * Blocking forms of a store's calls: submit, and sleep until the answer is there. Not on a thread of the store.
 */
#pragma once

#include "remote/store.h"
#include "util/deadline.h"

/* store_put_sync, store_get_sync, store_del_sync: errors are those of struct store_ops. store_get_sync: offset, length
 * and limit as in struct store_request; appends to `out`. */
MUST_CHECK err_t store_put_sync(struct store *s, const char *name, struct span body);
MUST_CHECK err_t store_get_sync(struct store *s, const char *name, uint64_t offset, uint64_t length, uint64_t limit,
                                struct buf *out);
/* store_get_until: a whole object. ERR_TIMEOUT: the time was over, and the store is shut down: only to be closed. */
MUST_CHECK err_t store_get_until(struct store *s, const char *name, uint64_t limit, struct deadline end,
                                 struct buf *out);
MUST_CHECK err_t store_del_sync(struct store *s, const char *name);
/* store_close: shutdown and destroy; NULL is fine. */
void store_close(struct store *s);
/* store_whose: by which credentials it asks, in words that hold no secret; "": it needs none. */
void store_whose(struct store *s, char out[STORE_WHOSE_MAX]);

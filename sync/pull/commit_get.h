/* SPDX-License-Identifier: MIT
 * One commit of another device: its parts, fetched and verified to be of the stream's device.
 */
#pragma once

#include "sync/core/state.h"
#include "sync/deliver/pulled.h"
#include "vault/join/view.h"

struct sync;
/* commit_get: commit n of a stream, in its own place. ERR_NOTFOUND: not there, or not yet whole; ERR_DAMAGED: it does
 * not verify, which is named until it does. `ret` is the caller's to free. */
MUST_CHECK err_t commit_get(struct sync *s, const struct stream *st, uint64_t n, struct pulled **ret);
/* commit_get_at: that commit and no other: in its own place, or under its hash. ERR_NOTFOUND: not there. */
MUST_CHECK err_t commit_get_at(struct sync *s, const struct stream *st, struct position p, struct pulled **ret);
/* commit_peek: `fn` sees the records of the first commit of a stream that is not known, whoever signed it.
 * ERR_NOTFOUND: not there, or not whole; what `fn` answers. */
MUST_CHECK err_t commit_peek(struct sync *s, struct hash stream, view_visit fn, void *ctx);

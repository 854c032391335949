/* SPDX-License-Identifier: MIT
 * Positions: how far somebody has applied each stream (docs/format.md, "Commit").
 *
 *   positions  count(varint, at most 4,096), then ascending by (stream, n, hash):
 *              stream(u64, not 0) n(varint, not 0) first 16 bytes of that commit's hash
 * A stream whose author said two things under one n is two branches: it has an entry for the end of each. Else a stream
 * has one entry.
 */
#pragma once

#include "util/id.h"

#define VV_MAX 4096
struct position {
	uint64_t stream, n;
	struct id hash; /* first 16 bytes of the commit's */
};
struct vv { /* ascending, no entry twice */
	struct position *v;
	size_t n, cap;
};
int position_cmp(struct position a, struct position b);
bool vv_same(const struct vv *a, const struct vv *b);
void vv_free(struct vv *a);
/* vv_sort: of entries in whatever order. */
void vv_sort(struct vv *a);

/* Which commit of a stream leads to which: two of one stream are given, `from` before `to` in order. A NULL `leads`: a
 * smaller n leads to every greater one, which holds as long as no stream has branches. */
struct vv_order {
	bool (*leads)(void *ctx, struct position from, struct position to);
	void *ctx;
};

/* vv_put: appends; ERR_INVAL: out of order, or what the format cannot hold. vv_get: reads one off `r`; `ret` is the
 * caller's to free. ERR_DAMAGED, ERR_NOMEM. */
MUST_CHECK err_t vv_put(struct buf *out, const struct vv *a);
MUST_CHECK err_t vv_get(struct rd *r, struct vv *ret);

/* vv_of: entries of one stream, which may be none. */
struct vv vv_of(const struct vv *a, uint64_t stream);
/* vv_has_dot: whether commit n of `stream`, of some branch, is in it: what a stamp needs. */
bool vv_has_dot(const struct vv *a, uint64_t stream, uint64_t n);
/* vv_has: whether that commit is in it. vv_covers: all of `b`. */
bool vv_has(const struct vv *a, struct position p, const struct vv_order *o);
bool vv_covers(const struct vv *a, const struct vv *b, const struct vv_order *o);

/* vv_add: that commit, and so all that lead to it, is in it from now on. ERR_NOMEM, ERR_LIMIT: over VV_MAX. */
MUST_CHECK err_t vv_add(struct vv *a, struct position p, const struct vv_order *o);
/* vv_join: adds all of `b`; some may be in on failure, which are as of vv_add. */
MUST_CHECK err_t vv_join(struct vv *a, const struct vv *b, const struct vv_order *o);
/* vv_changed: all entries of those streams of `now`, but for `own`, that have other entries in `before`. vv_replace: of
 * each stream in `more` its entries take the place of those in `a`, so that vv_replace(before, changed) is `now`.
 * ERR_NOMEM, ERR_LIMIT; `ret` (the caller's to free) and `a` are as they were on failure. */
MUST_CHECK err_t vv_changed(const struct vv *before, const struct vv *now, uint64_t own, struct vv *ret);
MUST_CHECK err_t vv_replace(struct vv *a, const struct vv *more);

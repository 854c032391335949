/* SPDX-License-Identifier: MIT
 * Growable byte buffer, and the one bounds-checked writer and reader that every codec uses.
 * Writers and readers are sticky: after the first failure they do nothing, and the caller checks once at the end.
 * Integers are little-endian, except the be forms, which order keys.
 */
#pragma once

#include "util/error.h"

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Bytes owned by someone else. */
struct span {
	const void *p;
	size_t len;
};
#define SPAN(ptr, n) ((struct span){ (ptr), (n) })
static inline struct span span_str(const char *s)
{
	return (struct span){ s, __builtin_strlen(s) };
}
/* span_cmp: memcmp order, the shorter first when one is a prefix of the other. Most keys differ early. */
int span_cmp_(struct span a, struct span b);
static inline int span_cmp(struct span a, struct span b)
{
	uint64_t x, y;
	if (a.len < sizeof(x) || b.len < sizeof(y))
		return span_cmp_(a, b);
	memcpy(&x, a.p, sizeof(x));
	memcpy(&y, b.p, sizeof(y));
	if (x == y)
		return span_cmp_(a, b);
	return be64toh(x) < be64toh(y) ? -1 : 1;
}

struct buf {
	uint8_t *p;
	size_t len, cap;
	bool failed; /* an allocation failed; contents are incomplete */
};
#define BUF_INIT ((struct buf){ 0 })
static inline struct span buf_span(const struct buf *b)
{
	return (struct span){ b->p, b->len };
}
/* buf_free: releases and resets; buf_wipe_free: the same after zeroing what it held. */
static inline void buf_free(struct buf *b)
{
	if (b->p)
		free(b->p);
	*b = BUF_INIT;
}
void buf_wipe_free_(struct buf *b);
static inline void buf_wipe_free(struct buf *b)
{
	if (b->p)
		buf_wipe_free_(b);
	*b = BUF_INIT;
}
/* buf_clear: length 0, memory kept, failure forgotten. */
static inline void buf_clear(struct buf *b)
{
	b->len = 0;
	b->failed = false;
}
/* buf_ok: ERR_OK, or ERR_NOMEM if any write to `b` failed. */
MUST_CHECK static inline err_t buf_ok(const struct buf *b)
{
	return b->failed ? ERR_NOMEM : ERR_OK;
}
/* buf_reserve: room for `n` more bytes; false (and sticky) when memory is out. */
bool buf_grow_(struct buf *b, size_t n);
static inline bool buf_reserve(struct buf *b, size_t n)
{
	return (!b->failed && n <= b->cap - b->len) || buf_grow_(b, n);
}
/* buf_extend: appends `n` bytes without initialising them; returns where they start, or NULL. */
static inline uint8_t *buf_extend(struct buf *b, size_t n)
{
	if (!buf_reserve(b, n ? n : 1)) /* so that the answer is never NULL on success */
		return NULL;
	uint8_t *at = b->p + b->len;
	b->len += n;
	return at;
}
static inline void buf_put(struct buf *b, const void *p, size_t n)
{
	uint8_t *at = n ? buf_extend(b, n) : NULL;
	if (at)
		memcpy(at, p, n);
}
static inline void buf_u8(struct buf *b, uint8_t v)
{
	uint8_t *at = buf_extend(b, 1);
	if (at)
		*at = v;
}
static inline void buf_u16(struct buf *b, uint16_t v)
{
	v = htole16(v);
	buf_put(b, &v, sizeof(v));
}
static inline void buf_u32(struct buf *b, uint32_t v)
{
	v = htole32(v);
	buf_put(b, &v, sizeof(v));
}
static inline void buf_u64(struct buf *b, uint64_t v)
{
	v = htole64(v);
	buf_put(b, &v, sizeof(v));
}
static inline void buf_u64be(struct buf *b, uint64_t v)
{
	v = htobe64(v);
	buf_put(b, &v, sizeof(v));
}
/* buf_blob16/32: length (u16/u32) and bytes. A length that does not fit sets `failed`. */
void buf_blob16(struct buf *b, struct span s);
void buf_blob32(struct buf *b, struct span s);
/* buf_move: takes all of `from` into `*to`, which is released first. */
void buf_move(struct buf *to, struct buf *from);

struct rd {
	const uint8_t *p;
	size_t left;
	bool bad; /* a read went past the end; everything since is zero */
};
#define RD(s) ((struct rd){ (s).p, (s).len, false })
/* rd_bytes: a pointer to the next `n` bytes inside the input, or NULL (bad). */
static inline const uint8_t *rd_bytes(struct rd *r, size_t n)
{
	if (r->bad || n > r->left) {
		r->bad = true;
		return NULL;
	}
	const uint8_t *at = r->p;
	r->p += n;
	r->left -= n;
	return at;
}
static inline uint8_t rd_u8(struct rd *r)
{
	const uint8_t *p = rd_bytes(r, 1);
	return p ? *p : 0;
}
/* rd_copy: copies the next `n` bytes to `out`, or zeroes it (bad). */
static inline void rd_copy(struct rd *r, void *out, size_t n)
{
	const uint8_t *p = rd_bytes(r, n);
	if (p)
		memcpy(out, p, n);
	else
		memset(out, 0, n);
}
static inline uint16_t rd_u16(struct rd *r)
{
	uint16_t v;
	rd_copy(r, &v, sizeof(v));
	return le16toh(v);
}
static inline uint32_t rd_u32(struct rd *r)
{
	uint32_t v;
	rd_copy(r, &v, sizeof(v));
	return le32toh(v);
}
static inline uint64_t rd_u64(struct rd *r)
{
	uint64_t v;
	rd_copy(r, &v, sizeof(v));
	return le64toh(v);
}
static inline uint32_t rd_u32be(struct rd *r)
{
	uint32_t v;
	rd_copy(r, &v, sizeof(v));
	return be32toh(v);
}
static inline uint64_t rd_u64be(struct rd *r)
{
	uint64_t v;
	rd_copy(r, &v, sizeof(v));
	return be64toh(v);
}
struct span rd_blob16(struct rd *r);
struct span rd_blob32(struct rd *r);
/* rd_end: true when nothing failed and nothing is left. */
static inline bool rd_end(const struct rd *r)
{
	return !r->bad && r->left == 0;
}

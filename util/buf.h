/* SPDX-License-Identifier: MIT
 * Growable byte buffer, and the one bounds-checked writer and reader that every codec uses.
 * Writers and readers are sticky: after the first failure they do nothing, and the caller checks once at the end.
 * Integers are little-endian, except the be forms, which order keys.
 */
#pragma once

#include "util/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
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
/* span_cmp: memcmp order, the shorter first when one is a prefix of the other. */
int span_cmp(struct span a, struct span b);

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
void buf_free(struct buf *b);
void buf_wipe_free(struct buf *b);
/* buf_clear: length 0, memory kept, failure forgotten. */
void buf_clear(struct buf *b);
/* buf_ok: ERR_OK, or ERR_NOMEM if any write to `b` failed. */
MUST_CHECK err_t buf_ok(const struct buf *b);
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
void buf_u16(struct buf *b, uint16_t v);
void buf_u32(struct buf *b, uint32_t v);
void buf_u64(struct buf *b, uint64_t v);
void buf_u64be(struct buf *b, uint64_t v);
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
uint16_t rd_u16(struct rd *r);
uint32_t rd_u32(struct rd *r);
uint64_t rd_u64(struct rd *r);
uint32_t rd_u32be(struct rd *r);
uint64_t rd_u64be(struct rd *r);
/* rd_copy: copies the next `n` bytes to `out`, or zeroes it (bad). */
void rd_copy(struct rd *r, void *out, size_t n);
struct span rd_blob16(struct rd *r);
struct span rd_blob32(struct rd *r);
/* rd_end: true when nothing failed and nothing is left. */
bool rd_end(const struct rd *r);

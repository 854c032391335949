/* SPDX-License-Identifier: MIT */
#include "util/buf.h"

#include "util/cleanup.h"

#include <string.h>

int span_cmp(struct span a, struct span b)
{
	size_t n = MIN(a.len, b.len);
	int c = n ? memcmp(a.p, b.p, n) : 0;
	return c ? c : (a.len > b.len) - (a.len < b.len);
}

void buf_free(struct buf *b)
{
	free(b->p);
	*b = BUF_INIT;
}

void buf_wipe_free(struct buf *b)
{
	if (b->p)
		explicit_bzero(b->p, b->cap);
	buf_free(b);
}

void buf_clear(struct buf *b)
{
	b->len = 0;
	b->failed = false;
}

err_t buf_ok(const struct buf *b)
{
	return b->failed ? ERR_NOMEM : ERR_OK;
}

bool buf_grow_(struct buf *b, size_t n)
{
	if (b->failed)
		return false;
	size_t need, cap;
	if (__builtin_add_overflow(b->len, n, &need) || need > SIZE_MAX / 2)
		goto fail;
	cap = MAX(need, MAX(b->cap + b->cap / 2, (size_t)64));
	uint8_t *p = realloc(b->p, cap);
	if (!p)
		goto fail;
	b->p = p;
	b->cap = cap;
	return true;
fail:
	b->failed = true;
	return false;
}

static void put_le(struct buf *b, uint64_t v, size_t n)
{
	uint8_t *at = buf_extend(b, n);
	for (size_t i = 0; at && i < n; i++)
		at[i] = (uint8_t)(v >> (8 * i));
}

static void put_be(struct buf *b, uint64_t v, size_t n)
{
	uint8_t *at = buf_extend(b, n);
	for (size_t i = 0; at && i < n; i++)
		at[i] = (uint8_t)(v >> (8 * (n - 1 - i)));
}

void buf_u16(struct buf *b, uint16_t v)
{
	put_le(b, v, 2);
}

void buf_u32(struct buf *b, uint32_t v)
{
	put_le(b, v, 4);
}

void buf_u64(struct buf *b, uint64_t v)
{
	put_le(b, v, 8);
}

void buf_u64be(struct buf *b, uint64_t v)
{
	put_be(b, v, 8);
}

void buf_blob16(struct buf *b, struct span s)
{
	if (s.len > UINT16_MAX)
		b->failed = true;
	buf_u16(b, (uint16_t)s.len);
	buf_put(b, s.p, s.len);
}

void buf_blob32(struct buf *b, struct span s)
{
	if (s.len > UINT32_MAX)
		b->failed = true;
	buf_u32(b, (uint32_t)s.len);
	buf_put(b, s.p, s.len);
}

void buf_move(struct buf *to, struct buf *from)
{
	buf_free(to);
	*to = *from;
	*from = BUF_INIT;
}

static uint64_t get_le(struct rd *r, size_t n)
{
	const uint8_t *p = rd_bytes(r, n);
	uint64_t v = 0;
	for (size_t i = 0; p && i < n; i++)
		v |= (uint64_t)p[i] << (8 * i);
	return v;
}

static uint64_t get_be(struct rd *r, size_t n)
{
	const uint8_t *p = rd_bytes(r, n);
	uint64_t v = 0;
	for (size_t i = 0; p && i < n; i++)
		v = v << 8 | p[i];
	return v;
}

uint16_t rd_u16(struct rd *r)
{
	return (uint16_t)get_le(r, 2);
}

uint32_t rd_u32(struct rd *r)
{
	return (uint32_t)get_le(r, 4);
}

uint64_t rd_u64(struct rd *r)
{
	return get_le(r, 8);
}

uint32_t rd_u32be(struct rd *r)
{
	return (uint32_t)get_be(r, 4);
}

uint64_t rd_u64be(struct rd *r)
{
	return get_be(r, 8);
}

void rd_copy(struct rd *r, void *out, size_t n)
{
	const uint8_t *p = rd_bytes(r, n);
	if (p)
		memcpy(out, p, n);
	else
		memset(out, 0, n);
}

struct span rd_blob16(struct rd *r)
{
	size_t n = rd_u16(r);
	const uint8_t *p = rd_bytes(r, n);
	return (struct span){ p, p ? n : 0 };
}

struct span rd_blob32(struct rd *r)
{
	size_t n = rd_u32(r);
	const uint8_t *p = rd_bytes(r, n);
	return (struct span){ p, p ? n : 0 };
}

bool rd_end(const struct rd *r)
{
	return !r->bad && r->left == 0;
}

/* SPDX-License-Identifier: MIT */
#include "util/buf.h"

#include "util/cleanup.h"

#include <string.h>

int span_cmp_(struct span a, struct span b)
{
	size_t n = MIN(a.len, b.len);
	int c = n ? memcmp(a.p, b.p, n) : 0;
	return c ? c : (a.len > b.len) - (a.len < b.len);
}

void buf_wipe_free_(struct buf *b)
{
	explicit_bzero(b->p, b->cap);
	free(b->p);
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

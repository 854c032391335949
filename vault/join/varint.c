/* SPDX-License-Identifier: MIT */
#include "vault/join/varint.h"

#define VARINT_BYTES 10

void varint_put_long_(struct buf *out, uint64_t v)
{
	uint8_t b[VARINT_BYTES];
	size_t n = 0;
	for (; v > 0x7f; v >>= 7)
		b[n++] = (uint8_t)(v | 0x80);
	b[n++] = (uint8_t)v;
	buf_put(out, b, n);
}

uint64_t varint_get_long_(struct rd *r)
{
	uint64_t v = 0;
	for (unsigned i = 0; i < VARINT_BYTES; i++) {
		uint8_t b = rd_u8(r);
		if (r->bad || (i == VARINT_BYTES - 1 && b > 1) || (i && b == 0))
			break;
		v |= (uint64_t)(b & 0x7f) << (7 * i);
		if (b < 0x80)
			return v;
	}
	r->bad = true;
	return 0;
}

void stamp_put(struct buf *out, struct stamp s)
{
	varint_put(out, s.lamport);
	buf_u64(out, s.stream);
	varint_put(out, s.n);
}

struct stamp stamp_get(struct rd *r)
{
	struct stamp s = { .lamport = varint_get(r) };
	s.stream = rd_u64(r);
	s.n = varint_get(r);
	return s;
}

void blob_put(struct buf *out, struct span s)
{
	varint_put(out, s.len);
	buf_put(out, s.p, s.len);
}

struct span blob_get(struct rd *r)
{
	uint64_t n = varint_get(r);
	const uint8_t *p = n <= r->left ? rd_bytes(r, (size_t)n) : NULL;
	if (!p)
		r->bad = true;
	return SPAN(p, p ? (size_t)n : 0);
}

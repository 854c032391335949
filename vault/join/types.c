/* SPDX-License-Identifier: MIT */
#include "vault/join/types.h"

#include <string.h>

static int cmp_u64(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

int stamp_cmp(struct stamp a, struct stamp b)
{
	int c = cmp_u64(a.lamport, b.lamport);
	if (c == 0)
		c = cmp_u64(a.stream, b.stream);
	return c ? c : cmp_u64(a.n, b.n);
}

int name_cmp(const struct name *a, const struct name *b)
{
	return span_cmp(SPAN(a->b, a->len), SPAN(b->b, b->len));
}

int version_id_cmp(struct version_id a, struct version_id b)
{
	int c = stamp_cmp(a.stamp, b.stamp);
	return c ? c : id_cmp(a.tag, b.tag);
}

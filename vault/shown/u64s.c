/* SPDX-License-Identifier: MIT */
#include "vault/shown/u64s.h"

#include "util/vec.h"

#include <stdlib.h>

void u64s_free(struct u64s *n)
{
	free(n->v);
	*n = (struct u64s){ 0 };
}

err_t u64s_add(struct u64s *n, uint64_t one)
{
	if (!vec_room(n->v, n->n, 1, &n->cap))
		return ERR_NOMEM;
	n->v[n->n++] = one;
	return ERR_OK;
}

static int cmp_number(const void *x, const void *y)
{
	uint64_t a = *(const uint64_t *)x, b = *(const uint64_t *)y;
	return (a > b) - (a < b);
}

void u64s_sort(struct u64s *n)
{
	size_t kept = 0;
	if (n->n > 1)
		qsort(n->v, n->n, sizeof(*n->v), cmp_number);
	for (size_t i = 0; i < n->n; i++)
		if (kept == 0 || n->v[kept - 1] != n->v[i])
			n->v[kept++] = n->v[i];
	n->n = kept;
}

bool u64s_has(const struct u64s *n, uint64_t one)
{
	return n->n && bsearch(&one, n->v, n->n, sizeof(*n->v), cmp_number);
}

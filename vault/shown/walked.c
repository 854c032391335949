/* SPDX-License-Identifier: MIT */
#include "vault/shown/walked.h"

#include <stdlib.h>

void walked_free(struct walked *w)
{
	free(w->v);
	*w = (struct walked){ 0 };
}

/* at: where it is, or would be. */
static size_t at(const uint64_t *v, size_t cap, uint64_t dir)
{
	size_t i = (size_t)(dir * UINT64_C(0x9e3779b97f4a7c15) >> 20) & (cap - 1);
	while (v[i] && v[i] != dir)
		i = (i + 1) & (cap - 1);
	return i;
}

static err_t grow(struct walked *w)
{
	size_t cap = w->cap ? 2 * w->cap : 64;
	uint64_t *v = calloc(cap, sizeof(*v));
	if (!v)
		return ERR_NOMEM;
	for (size_t i = 0; i < w->cap; i++)
		if (w->v[i])
			v[at(v, cap, w->v[i])] = w->v[i];
	free(w->v);
	w->v = v;
	w->cap = cap;
	return ERR_OK;
}

err_t walked_add(struct walked *w, uint64_t dir)
{
	err_t e = 2 * (w->n + 1) > w->cap ? grow(w) : ERR_OK;
	if (e)
		return e;
	size_t i = at(w->v, w->cap, dir);
	w->n += w->v[i] == 0;
	w->v[i] = dir;
	return ERR_OK;
}

bool walked_has(const struct walked *w, uint64_t dir)
{
	return w->cap && w->v[at(w->v, w->cap, dir)];
}

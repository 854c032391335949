/* SPDX-License-Identifier: MIT */
#include "sync/core/hashes.h"

#include "util/vec.h"

#include <stdlib.h>
#include <string.h>

void hashes_free(struct hashes *l)
{
	free(l->v);
	*l = (struct hashes){ 0 };
}

/* at: the first that is not before `h`. */
static size_t at(const struct hashes *l, struct hash h)
{
	size_t from = 0, to = l->n;
	while (from < to) {
		size_t mid = from + (to - from) / 2;
		if (hash_cmp(l->v[mid], h) < 0)
			from = mid + 1;
		else
			to = mid;
	}
	return from;
}

static bool is_at(const struct hashes *l, size_t i, struct hash h)
{
	return i < l->n && hash_eq(l->v[i], h);
}

bool hashes_has(const struct hashes *l, struct hash h)
{
	return is_at(l, at(l, h), h);
}

err_t hashes_add(struct hashes *l, struct hash h)
{
	size_t i = at(l, h);
	if (is_at(l, i, h))
		return ERR_OK;
	if (!vec_room(l->v, l->n, 1, &l->cap))
		return ERR_NOMEM;
	memmove(l->v + i + 1, l->v + i, (l->n - i) * sizeof(*l->v));
	l->v[i] = h;
	l->n++;
	return ERR_OK;
}

void hashes_drop(struct hashes *l, struct hash h)
{
	size_t i = at(l, h);
	if (!is_at(l, i, h))
		return;
	l->n--;
	memmove(l->v + i, l->v + i + 1, (l->n - i) * sizeof(*l->v));
}

void hashes_only(struct hashes *l, const struct hashes *in)
{
	size_t n = 0;
	for (size_t i = 0; i < l->n; i++)
		if (hashes_has(in, l->v[i]))
			l->v[n++] = l->v[i];
	l->n = n;
}

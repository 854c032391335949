/* SPDX-License-Identifier: MIT */
#include "vault/changeset/ino_set.h"

#include <stdlib.h>

/* at: where it is, or would be. */
static size_t at(const uint64_t *v, size_t cap, uint64_t ino)
{
	size_t i = (size_t)(ino * UINT64_C(0x9e3779b97f4a7c15) >> 20) & (cap - 1);
	while (v[i] && v[i] != ino)
		i = (i + 1) & (cap - 1);
	return i;
}

static bool grow(struct ino_set *s)
{
	size_t cap = s->cap ? 2 * s->cap : 64;
	uint64_t *v = calloc(cap, sizeof(*v));
	if (!v)
		return false;
	for (size_t i = 0; i < s->cap; i++)
		if (s->v[i])
			v[at(v, cap, s->v[i])] = s->v[i];
	free(s->v);
	s->v = v;
	s->cap = cap;
	return true;
}

void ino_set_add(struct ino_set *s, uint64_t ino)
{
	if (s->all || ino_set_has(s, ino))
		return;
	if (2 * (s->n + 1) > s->cap && !grow(s)) {
		s->all = true;
		return;
	}
	s->v[at(s->v, s->cap, ino)] = ino;
	s->n++;
}

bool ino_set_has(const struct ino_set *s, uint64_t ino)
{
	return s->all || (s->cap && s->v[at(s->v, s->cap, ino)]);
}

void ino_set_free(struct ino_set *s)
{
	free(s->v);
	*s = INO_SET_INIT;
}

/* SPDX-License-Identifier: MIT */
#include "vault/tree/arena.h"

#include "util/cleanup.h"

#include <string.h>

/* Many trees are of one file: the first chunk is small, and each is twice the one before. */
#define CHUNK_FIRST ((size_t)512)
#define CHUNK_MOST ((size_t)64 * 1024)

struct arena_chunk {
	struct arena_chunk *before;
	size_t used, size;
	char b[];
};

static struct arena_chunk *with_room(struct arena *a, size_t n)
{
	if (a->last && a->last->size - a->last->used >= n)
		return a->last;
	size_t usual = a->last ? MIN(2 * a->last->size, CHUNK_MOST) : CHUNK_FIRST, size = MAX(n, usual);
	struct arena_chunk *c = malloc(sizeof(*c) + size);
	if (!c)
		return NULL;
	*c = (struct arena_chunk){ .before = a->last, .size = size };
	a->last = c;
	return c;
}

err_t arena_put(struct arena *a, struct span s, struct span *ret)
{
	struct arena_chunk *c = with_room(a, s.len);
	if (!c)
		return ERR_NOMEM;
	char *to = c->b + c->used;
	if (s.len)
		memcpy(to, s.p, s.len);
	c->used += s.len;
	*ret = SPAN(to, s.len);
	return ERR_OK;
}

void arena_free(struct arena *a)
{
	while (a->last) {
		struct arena_chunk *c = a->last;
		a->last = c->before;
		free(c);
	}
}

/* SPDX-License-Identifier: MIT */
#include "vault/join/group.h"

#include "util/vec.h"

#include <stdlib.h>
#include <string.h>

void record_free(struct record *r)
{
	for (size_t i = 0; i < r->kept_n; i++)
		buf_wipe_free(&r->kept[i]);
	free(r->kept);
	free(r->v);
	*r = RECORD_INIT;
}

int node_cmp(const struct group_node *a, const struct group_node *b)
{
	if (a->number != b->number)
		return a->number < b->number ? -1 : 1;
	if (a->class != GROUP_KEY)
		return 0;
	int c = stamp_cmp(a->stamp, b->stamp);
	return c ? c : span_cmp(a->bytes, b->bytes);
}

const struct group_node *group_find(struct nodes list, uint16_t number)
{
	for (const struct group_node *g = list.v; g < group_end(list); g += g->size)
		if (g->number == number)
			return g;
	return NULL;
}

bool group_only(struct nodes list, uint32_t numbers)
{
	for (const struct group_node *g = list.v; g < group_end(list); g += g->size)
		if (g->number < GROUP_LATER && !(numbers >> g->number & 1))
			return false;
	return true;
}

/* keep: a copy that lives as long as the record. */
static struct span keep(struct record *r, struct span bytes)
{
	struct buf b = BUF_INIT;
	if (!bytes.len)
		return SPAN(NULL, 0);
	buf_put(&b, bytes.p, bytes.len);
	if (b.failed || !vec_room(r->kept, r->kept_n, 1, &r->kept_cap)) {
		buf_wipe_free(&b);
		r->failed = true;
		return SPAN(NULL, 0);
	}
	r->kept[r->kept_n++] = b;
	return buf_span(&b);
}

static size_t add(struct record *r, struct group_node g)
{
	if (!vec_room(r->v, r->n, 1, &r->cap)) {
		r->failed = true;
		return 0;
	}
	g.size = 1;
	r->v[r->n] = g;
	return r->n++;
}

void group_value(struct record *r, uint16_t number, struct stamp stamp, struct span bytes)
{
	add(r, (struct group_node){ .number = number, .class = GROUP_VALUE, .stamp = stamp, .bytes = keep(r, bytes) });
}

size_t group_open(struct record *r, uint16_t number, enum group_class class, struct stamp stamp)
{
	return add(r, (struct group_node){ .number = number, .class = (uint8_t) class, .stamp = stamp });
}

size_t group_key(struct record *r, struct stamp stamp, struct span bytes)
{
	return add(r, (struct group_node){ .class = GROUP_KEY, .stamp = stamp, .bytes = keep(r, bytes) });
}

void group_close(struct record *r, size_t at)
{
	if (!r->failed)
		r->v[at].size = (uint32_t)(r->n - at);
}

void group_copy(struct record *r, const struct group_node *g)
{
	if (!vec_room(r->v, r->n, g->size, &r->cap)) {
		r->failed = true;
		return;
	}
	memcpy(r->v + r->n, g, g->size * sizeof(*g));
	r->n += g->size;
}

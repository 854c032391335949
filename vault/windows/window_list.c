/* SPDX-License-Identifier: MIT */
#include "vault/windows/window_list.h"

#include "util/cleanup.h"
#include "util/vec.h"
#include "vault/join/vault_key.h"

#include <stdlib.h>

void window_list_free(struct window_list *l)
{
	free(l->v);
	*l = (struct window_list){ 0 };
}

struct lister {
	struct window_list list;
	struct window_range range;
	uint64_t upto;
	size_t had; /* of contents before */
};

static err_t list_visit(void *ctx, struct span key, struct span value)
{
	struct lister *l = ctx;
	struct vault_name n;
	(void)value;
	if (vault_key_parse(key, &n))
		return ERR_DAMAGED;
	if (n.number > l->range.last || (uint64_t)n.number * CONTENT_WINDOW >= l->upto ||
	    l->list.n - l->had == l->range.max)
		return ERR_CANCELED;
	if (!vec_room(l->list.v, l->list.n, 1, &l->list.cap))
		return ERR_NOMEM;
	l->list.v[l->list.n++] = n.number;
	return ERR_OK;
}

/* list_one: behind what the list has, windows of one content. */
static err_t list_one(const struct view *v, const struct chain_link *at, struct lister *l)
{
	struct vault_name n = { .kind = SHARED_EXTENTS, .id = at->content, .number = l->range.first };
	struct vault_key from = vault_key_of(&n);
	struct span prefix = SPAN(from.b, from.len - sizeof(uint32_t));
	l->upto = at->upto;
	l->had = l->list.n;
	err_t e = v->scan(v->ctx, prefix, vault_key_span(&from), list_visit, l);
	return e == ERR_CANCELED ? ERR_OK : e;
}

static int by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return x < y ? -1 : x > y;
}

/* sort: ascending, none twice, no more than wanted. */
static void sort(struct window_list *l, size_t max)
{
	size_t n = 0;
	if (l->n)
		qsort(l->v, l->n, sizeof(*l->v), by_number);
	for (size_t i = 0; i < l->n; i++)
		if (!n || l->v[n - 1] != l->v[i])
			l->v[n++] = l->v[i];
	l->n = MIN(n, max);
}

err_t window_list_make(const struct view *v, const struct chain *c, struct window_range range, struct window_list *ret)
{
	struct lister l = { .range = range };
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < c->n; i++)
		e = list_one(v, &c->v[i], &l);
	if (e) {
		window_list_free(&l.list);
		return e;
	}
	sort(&l.list, range.max);
	*ret = l.list;
	return ERR_OK;
}

err_t window_list_own(const struct view *v, struct id content, struct window_range range, struct window_list *ret)
{
	struct chain alone = { .v = { { content, UINT64_MAX } }, .n = 1 };
	return window_list_make(v, &alone, range, ret);
}

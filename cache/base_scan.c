/* SPDX-License-Identifier: MIT
 * Scanning one table of a base transaction.
 */
#include "cache/base_scan.h"

#include "cache/map_struct.h"
#include "util/cleanup.h"

static err_t iter_set(const struct base_txn *t, struct base_iter *it, err_t e, struct span k)
{
	it->end = e != ERR_OK;
	if (e)
		return e == ERR_NOTFOUND ? ERR_OK : e;
	if (k.len > sizeof(it->key))
		return ERR_DAMAGED;
	it->key_len = k.len;
	return t->ops->copy(it->key, k);
}

err_t iter_seek(struct base_txn *t, struct base_iter *it, unsigned table, struct span from)
{
	struct span k;
	err_t e = t->ops->cursor_new(t, table, &it->c);
	return e ? e : iter_set(t, it, t->ops->seek(it->c, from, &k, &it->cell), k);
}

err_t iter_next(const struct base_txn *t, struct base_iter *it)
{
	struct span k = { 0 };
	return iter_set(t, it, t->ops->next(it->c, &k, &it->cell), k);
}

err_t iter_value(const struct base_view *b, unsigned table, const struct base_iter *it, struct values *v,
                 struct span *ret)
{
	buf_clear(&v->cell);
	uint8_t *to = buf_extend(&v->cell, it->cell.len);
	if (it->cell.len && !to)
		return ERR_NOMEM;
	err_t e = it->cell.len ? b->txn->ops->copy(to, it->cell) : ERR_OK;
	if (!e)
		e = cell_read(b->m->seal, b->opener, table, iter_key(it), buf_span(&v->cell), &v->value);
	if (e && e != ERR_DAMAGED)
		return e;
	*ret = SPAN(NULL, 0);
	if (!e)
		*ret = SPAN(v->value.len ? (const void *)v->value.p : "", v->value.len);
	return ERR_OK;
}

err_t scan_base(const struct base_view *b, unsigned table, struct span prefix, struct span from, map_visit fn,
                void *ctx)
{
	cleanup(values_free) struct values v = { 0 };
	struct base_iter it = { 0 };
	struct span value;
	int answer = 0;
	err_t e = iter_seek(b->txn, &it, table, span_max(prefix, from));
	while (!e && !answer && !it.end && key_has_prefix(iter_key(&it), prefix)) {
		e = iter_value(b, table, &it, &v, &value);
		if (!e)
			answer = fn(ctx, iter_key(&it), value);
		if (!e && !answer)
			e = iter_next(b->txn, &it);
	}
	base_cursor_freep(&it.c);
	return e || !answer ? e : visited_error(answer);
}

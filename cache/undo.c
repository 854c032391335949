/* SPDX-License-Identifier: MIT
 * The writing side of the undo journal.
 */
#include "cache/undo.h"

#include "cache/base_scan.h"
#include "cache/map_txn_struct.h"
#include "cache/txn_raw.h"
#include "util/cleanup.h"

#define FORGET_STEP 2000 /* undo records that one transaction deletes */

size_t undo_key(uint64_t changeset, struct span key, uint8_t out[UNDO_KEY_MAX])
{
	for (int i = 0; i < 8; i++)
		out[i] = (uint8_t)(changeset >> (56 - 8 * i));
	size_t n = MIN(key.len, (size_t)MAP_KEY_MAX);
	if (n)
		memcpy(out + 8, key.p, n);
	return 8 + n;
}

/* undo_keep: keeps the stored cell of a shared key before its first change in the changeset; empty: it was absent. */
err_t undo_keep(struct map_txn *x, struct span key)
{
	uint8_t b[UNDO_KEY_MAX], *to;
	struct span undo = SPAN(b, undo_key(x->state.changeset, key, b)), old;
	err_t e = raw_get(x, BASE_UNDO, undo, &old);
	if (e != ERR_NOTFOUND)
		return e;
	e = raw_copy(x, MAP_RECORDS, key, &x->cell);
	if (e == ERR_NOTFOUND)
		buf_clear(&x->cell);
	else if (e)
		return e;
	e = raw_put(x, BASE_UNDO, undo, x->cell.len, &to);
	if (e)
		return e;
	if (x->cell.len)
		memcpy(to, x->cell.p, x->cell.len);
	x->state.undo_bytes += undo.len + x->cell.len;
	x->state.dirty = true;
	return ERR_OK;
}

bool undo_has(struct map_txn *x, struct span key)
{
	uint8_t b[UNDO_KEY_MAX];
	struct span cell;
	return raw_get(x, BASE_UNDO, SPAN(b, undo_key(x->state.changeset, key, b)), &cell) == ERR_OK;
}

/* undo_forget: deletes some undo records up to `changeset`; more remain when *ret_more. */
err_t undo_forget(struct map_txn *x, uint64_t changeset, bool *ret_more)
{
	cleanup(buf_free) struct buf keys = BUF_INIT; /* collected first: no deleting under a cursor */
	cleanup(base_cursor_freep) struct base_cursor *c = NULL;
	err_t e = base_said(x, x->t->ops->cursor_new(x->t, BASE_UNDO, &c));
	if (e)
		return e;
	struct span k, v;
	unsigned n = 0;
	e = base_said(x, x->t->ops->seek(c, SPAN("", 0), &k, &v));
	for (; !e && n < FORGET_STEP; e = base_said(x, x->t->ops->next(c, &k, &v)), n++) {
		struct rd r = RD(k);
		if (rd_u64be(&r) > changeset)
			break;
		buf_blob16(&keys, k);
		x->state.undo_bytes -= MIN((uint64_t)(k.len + v.len), x->state.undo_bytes);
	}
	if (e && e != ERR_NOTFOUND)
		return e;
	base_cursor_freep(&c);
	e = buf_ok(&keys);
	for (struct rd r = RD(buf_span(&keys)); !e && r.left;)
		e = raw_del(x, BASE_UNDO, rd_blob16(&r));
	if (!e)
		*ret_more = n == FORGET_STEP;
	return e;
}

/* undo_present: is there an undo record of `changeset`? */
err_t undo_present(struct base_txn *t, uint64_t changeset, bool *ret)
{
	cleanup(base_cursor_freep) struct base_cursor *c = NULL;
	uint8_t b[UNDO_KEY_MAX];
	size_t n = undo_key(changeset, SPAN(NULL, 0), b);
	struct span k, v;
	err_t e = t->ops->cursor_new(t, BASE_UNDO, &c);
	if (!e)
		e = t->ops->seek(c, SPAN(b, n), &k, &v);
	if (e && e != ERR_NOTFOUND)
		return e;
	*ret = !e && key_has_prefix(k, SPAN(b, n));
	return ERR_OK;
}

/* SPDX-License-Identifier: MIT */
#include "vault/changeset/joined.h"

#include "util/cleanup.h"
#include "vault/join/fold.h"
#include "vault/join/group_join.h"
#include "vault/join/shared_key.h"

#include <string.h>

bool joined_may(const struct joined *j, struct span key)
{
	return (j->said[0] && said_may(j->said[0], key)) || (j->said[1] && said_may(j->said[1], key));
}

/* -- versions ---------------------------------------------------------------------------------------------------- */

static err_t keep_visit(void *ctx, struct span key, struct span value)
{
	return records_put(ctx, key, value);
}

/* gather: what the sets say of the versions of a file, as one. */
static err_t gather(const struct joined *j, uint64_t ino, struct records *ret)
{
	for (size_t i = 0; i < ARRAY_LEN(j->said); i++) {
		cleanup(records_free) struct records one = RECORDS_INIT, changes = RECORDS_INIT;
		struct view a = records_view(ret), b = records_view(&one);
		err_t e = j->said[i] ? said_versions(j->said[i], ino, &one) : ERR_OK;
		if (!e && !ret->n) { /* it joins as it is */
			*ret = one;
			one = RECORDS_INIT;
		}
		if (!e && one.n)
			e = fold_join(&a, &b, ino, &changes);
		if (!e)
			e = records_apply(ret, &changes);
		if (e)
			return e;
	}
	return ERR_OK;
}

/* fold: what becomes of the versions that are published, as `changes` of what is there. */
static err_t fold(const struct joined *j, uint64_t ino, struct records *changes)
{
	cleanup(records_free) struct records said = RECORDS_INIT;
	struct view v = records_view(&said);
	err_t e = gather(j, ino, &said);
	return e || !said.n ? e : fold_join(&j->published, &v, ino, changes);
}

static bool begins(struct span key, struct span prefix)
{
	return key.len >= prefix.len && memcmp(key.p, prefix.p, prefix.len) == 0;
}

/* take: of `from` what begins with `prefix`. */
static err_t take(struct records *to, const struct records *from, struct span prefix)
{
	err_t e = ERR_OK;
	for (size_t i = records_at(from, prefix); !e && i < from->n && begins(records_key(from->v[i]), prefix); i++) {
		const struct records_entry *x = from->v[i];
		if (x->gone)
			records_drop(to, records_key(x));
		else
			e = records_put(to, records_key(x), buf_span(&x->value));
	}
	return e;
}

static err_t of_versions(const struct joined *j, uint64_t ino, struct span prefix, struct records *out)
{
	cleanup(records_free) struct records changes = RECORDS_INIT;
	err_t e = fold(j, ino, &changes);
	if (!e)
		e = j->published.scan(j->published.ctx, prefix, SPAN(NULL, 0), keep_visit, out);
	return e ? e : take(out, &changes, prefix);
}

static err_t get_version(const struct joined *j, uint64_t ino, struct span key, struct buf *out)
{
	cleanup(records_free) struct records changes = RECORDS_INIT;
	err_t e = fold(j, ino, &changes);
	if (e)
		return e;
	struct records_over over = { &j->published, changes };
	struct view v = records_over_view(&over);
	return v.get(v.ctx, key, out);
}

/* Versions go from one record to another when they are published: nothing moves while those of a file are read. The
 * sets are held in one order, whichever is open. */
static void stay(const struct joined *j)
{
	struct said *a = j->said[0], *b = j->said[1];
	bool swap = a && b && a->kind > b->kind;
	if (swap ? b : a)
		said_stay(swap ? b : a);
	if (swap ? a : b)
		said_stay(swap ? a : b);
}

static void stay_end(const struct joined *j)
{
	for (size_t i = 0; i < ARRAY_LEN(j->said); i++)
		if (j->said[i])
			said_stay_end(j->said[i]);
}

/* -- all else ---------------------------------------------------------------------------------------------------- */

static err_t join_visit(void *ctx, struct span key, struct span value)
{
	struct records *t = ctx;
	cleanup(buf_wipe_free) struct buf sum = BUF_INIT;
	const struct records_entry *x = records_find(t, key);
	if (!x)
		return records_put(t, key, value);
	err_t e = record_join(buf_span(&x->value), value, &sum);
	return e ? e : records_put(t, key, buf_span(&sum));
}

static err_t of_others(const struct joined *j, struct span prefix, struct records *out)
{
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < ARRAY_LEN(j->said); i++)
		if (j->said[i])
			e = j->said[i]->view.scan(j->said[i], prefix, SPAN(NULL, 0), join_visit, out);
	return e ? e : j->published.scan(j->published.ctx, prefix, SPAN(NULL, 0), join_visit, out);
}

static err_t add(const struct view *v, struct span key, struct buf *value)
{
	cleanup(buf_wipe_free) struct buf more = BUF_INIT, sum = BUF_INIT;
	err_t e = v->get(v->ctx, key, &more);
	if (e)
		return e == ERR_NOTFOUND ? ERR_OK : e;
	if (!value->len) {
		buf_move(value, &more);
		return ERR_OK;
	}
	e = record_join(buf_span(value), buf_span(&more), &sum);
	if (!e)
		buf_move(value, &sum);
	return e;
}

static err_t get_other(const struct joined *j, struct span key, struct buf *out)
{
	cleanup(buf_wipe_free) struct buf value = BUF_INIT;
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < ARRAY_LEN(j->said); i++)
		if (j->said[i])
			e = add(&j->said[i]->view, key, &value);
	if (!e)
		e = add(&j->published, key, &value);
	if (!e && !value.len)
		e = ERR_NOTFOUND;
	if (!e)
		buf_move(out, &value);
	return e;
}

/* -- both -------------------------------------------------------------------------------------------------------- */

/* versions_of: 0: no version is under keys that begin so. */
static uint64_t versions_of(struct span key)
{
	struct rd r = RD(key);
	uint8_t kind = rd_u8(&r);
	uint64_t ino = rd_u64be(&r);
	return r.bad || (kind != SHARED_INODE && kind != SHARED_SIBLING && kind != SHARED_VERSION) ? 0 : ino;
}

err_t joined_of(const struct joined *j, struct span prefix, struct records *out)
{
	uint64_t ino = versions_of(prefix);
	if (!joined_may(j, prefix))
		return j->published.scan(j->published.ctx, prefix, SPAN(NULL, 0), keep_visit, out);
	if (!ino)
		return of_others(j, prefix, out);
	stay(j);
	err_t e = of_versions(j, ino, prefix, out);
	stay_end(j);
	return e;
}

err_t joined_get(const struct joined *j, struct span key, struct buf *out)
{
	uint64_t ino = versions_of(key);
	if (!joined_may(j, key))
		return j->published.get(j->published.ctx, key, out);
	if (!ino)
		return get_other(j, key, out);
	stay(j);
	err_t e = get_version(j, ino, key, out);
	stay_end(j);
	return e;
}

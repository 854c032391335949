/* SPDX-License-Identifier: MIT */
#include "vault/changeset/joined.h"

#include "util/cleanup.h"
#include "vault/join/group_join.h"
#include "vault/join/shared_key.h"

#include <string.h>

/* versions_of: 0: no version is under keys that begin so. */
static uint64_t versions_of(struct span key)
{
	struct rd r = RD(key);
	uint8_t kind = rd_u8(&r);
	uint64_t ino = rd_u64be(&r);
	return r.bad || (kind != SHARED_INODE && kind != SHARED_SIBLING && kind != SHARED_VERSION) ? 0 : ino;
}

bool joined_may(const struct joined *j, struct span key)
{
	/* of a file with several versions any of them may stand elsewhere by what is said of one */
	bool (*may)(struct said *, struct span) = versions_of(key) ? said_may : said_under;
	return (j->said[0] && may(j->said[0], key)) || (j->said[1] && may(j->said[1], key));
}

/* -- versions ---------------------------------------------------------------------------------------------------- */

static bool begins(struct span key, struct span prefix)
{
	return key.len >= prefix.len && memcmp(key.p, prefix.p, prefix.len) == 0;
}

static err_t keep_visit(void *ctx, struct span key, struct span value)
{
	return records_put(ctx, key, value);
}

/* find: what was read before, or `mine`, which the caller frees. */
static err_t find(const struct joined *j, uint64_t ino, struct joined_file *mine, const struct joined_file **ret)
{
	if (j->kept)
		return joined_files_find(j->kept, j, ino, ret);
	*ret = mine;
	return joined_file_read(j, ino, mine);
}

/* is_published: what is under these keys is told by what is published, with `changes` before it. */
static bool is_published(const struct joined_file *f, struct span key)
{
	uint8_t kind = *(const uint8_t *)key.p;
	return kind == SHARED_VERSION || (kind == SHARED_SIBLING && f->plain);
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
	cleanup(joined_file_free) struct joined_file mine = { 0 };
	const struct joined_file *f;
	err_t e = find(j, ino, &mine, &f);
	if (e)
		return e;
	if (!is_published(f, prefix))
		return take(out, &f->now, prefix);
	e = j->published.scan(j->published.ctx, prefix, SPAN(NULL, 0), keep_visit, out);
	return e ? e : take(out, &f->changes, prefix);
}

static err_t get_version(const struct joined *j, uint64_t ino, struct span key, struct buf *out)
{
	cleanup(joined_file_free) struct joined_file mine = { 0 };
	const struct joined_file *f;
	err_t e = find(j, ino, &mine, &f);
	if (e)
		return e;
	const bool published = is_published(f, key);
	const struct records_entry *x = records_find(published ? &f->changes : &f->now, key);
	if (!x && published)
		return j->published.get(j->published.ctx, key, out);
	if (!x || x->gone)
		return ERR_NOTFOUND;
	buf_clear(out);
	buf_put(out, x->value.p, x->value.len);
	return buf_ok(out);
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
	for (size_t i = 0; !e && i < ARRAY_LEN(j->said); i++) {
		const struct view *v = j->said[i] ? &j->said[i]->view : NULL;
		if (v)
			e = v->scan(v->ctx, prefix, SPAN(NULL, 0), join_visit, out);
	}
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

err_t joined_of(const struct joined *j, struct span prefix, struct records *out)
{
	uint64_t ino = versions_of(prefix);
	if (!joined_may(j, prefix))
		return j->published.scan(j->published.ctx, prefix, SPAN(NULL, 0), keep_visit, out);
	if (!ino)
		return of_others(j, prefix, out);
	return of_versions(j, ino, prefix, out);
}

err_t joined_get(const struct joined *j, struct span key, struct buf *out)
{
	uint64_t ino = versions_of(key);
	if (!joined_may(j, key))
		return j->published.get(j->published.ctx, key, out);
	if (!ino)
		return get_other(j, key, out);
	return get_version(j, ino, key, out);
}

/* SPDX-License-Identifier: MIT */
#include "vault/changeset/joined_file.h"

#include "util/cleanup.h"
#include "util/vec.h"
#include "vault/changeset/joined.h"
#include "vault/join/fold.h"
#include "vault/join/group_decode.h"
#include "vault/join/group_encode.h"
#include "vault/join/group_join.h"
#include "vault/join/memo.h"
#include "vault/join/shared_key.h"
#include "vault/join/version.h"

#include <stdlib.h>
#include <string.h>

void joined_file_free(struct joined_file *f)
{
	records_free(&f->now);
	records_free(&f->changes);
}

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

/* -- plain ------------------------------------------------------------------------------------------------------- */

/* add_published: INODE, if it is there. */
static err_t add_published(const struct view *published, struct joined_file *f)
{
	cleanup(buf_wipe_free) struct buf value = BUF_INIT;
	struct shared_key key = shared_key_ino(SHARED_INODE, f->ino);
	err_t e = published->get(published->ctx, shared_key_span(&key), &value);
	if (e)
		return e == ERR_NOTFOUND ? ERR_OK : e;
	return records_put(&f->now, shared_key_span(&key), buf_span(&value));
}

/* join_plain: INODE joins by itself. */
static err_t join_plain(const struct view *published, const struct records_entry *said, const struct record *groups,
                        struct joined_file *f)
{
	cleanup(buf_wipe_free) struct buf sum = BUF_INIT;
	cleanup(record_free) struct record was = RECORD_INIT, is = RECORD_INIT;
	err_t e = add_published(published, f);
	const struct records_entry *now = e ? NULL : records_find(&f->now, records_key(said));
	if (!now)
		return e ? e : records_put(&f->now, records_key(said), buf_span(&said->value));
	e = record_decode(buf_span(&now->value), &was);
	if (e)
		return e;
	groups_join(group_all(&was), group_all(groups), &is);
	e = is.failed ? ERR_NOMEM : record_encode(&is, &sum);
	return e ? e : records_put(&f->now, records_key(said), buf_span(&sum));
}

static err_t any_visit(void *ctx, struct span key, struct span value)
{
	(void)key, (void)value;
	*(bool *)ctx = true;
	return ERR_CANCELED; /* one is enough */
}

static err_t has_any(const struct view *published, enum shared_kind kind, uint64_t ino, bool *ret)
{
	struct shared_key prefix = shared_key_ino(kind, ino);
	err_t e = published->scan(published->ctx, shared_key_span(&prefix), SPAN(NULL, 0), any_visit, ret);
	return *ret ? ERR_OK : e;
}

/* read_first: *done: `said` has one live version, and nothing of the file is published: so this is all of it. */
static err_t read_first(const struct view *published, const struct records_entry *said, const struct record *groups,
                        struct joined_file *f, bool *done)
{
	const struct nodes keys = version_list(group_all(groups));
	bool any = !keys.n || keys.v->size != keys.n || version_gone(keys.v);
	err_t e = any ? ERR_OK : add_published(published, f);
	any |= f->now.n > 0;
	for (enum shared_kind kind = SHARED_SIBLING; !e && !any && kind <= SHARED_VERSION; kind++)
		e = has_any(published, kind, f->ino, &any);
	*done = !e && !any;
	return *done ? records_put(&f->now, records_key(said), buf_span(&said->value)) : e;
}

/* read_simple: *done: if INODE alone is said, and no version of it meets another. */
static err_t read_simple(const struct view *published, const struct records *said, struct joined_file *f, bool *done)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	*done = f->plain = !said->n;
	if (*done)
		return add_published(published, f);
	const struct records_entry *inode = said->n == 1 ? said->v[0] : NULL;
	if (!inode || *inode->key != SHARED_INODE)
		return ERR_OK;
	err_t e = record_decode(buf_span(&inode->value), &r);
	if (e)
		return e;
	*done = f->plain = !group_find(group_all(&r), GROUP_VERSIONS);
	return f->plain ? join_plain(published, inode, &r, f) : read_first(published, inode, &r, f, done);
}

/* -- versions ---------------------------------------------------------------------------------------------------- */

static err_t add_kind(const struct view *published, enum shared_kind kind, struct joined_file *f)
{
	struct shared_key prefix = shared_key_ino(kind, f->ino);
	return published->scan(published->ctx, shared_key_span(&prefix), SPAN(NULL, 0), keep_visit, &f->now);
}

/* take: `all` changes: of VERSION into f->changes. */
static err_t take(const struct records *all, struct joined_file *f)
{
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < all->n; i++) {
		const struct records_entry *x = all->v[i];
		struct records *to = *x->key == SHARED_VERSION ? &f->changes : &f->now;
		if (!x->gone)
			e = records_put(to, records_key(x), buf_span(&x->value));
		else if (to == &f->changes)
			e = records_gone(to, records_key(x));
		else
			records_drop(to, records_key(x));
	}
	return e;
}

static err_t read_versions(const struct view *published, const struct records *said, struct joined_file *f)
{
	cleanup(records_free) struct records all = RECORDS_INIT;
	struct view v = records_view(said);
	err_t e = fold_join(published, &v, f->ino, &all);
	if (!e)
		e = add_published(published, f);
	if (!e)
		e = add_kind(published, SHARED_SIBLING, f);
	return e ? e : take(&all, f);
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

static err_t read_all(const struct joined *j, struct joined_file *f)
{
	cleanup(records_free) struct records said = RECORDS_INIT;
	struct memo published; /* folding asks again */
	memo_begin(&published, &j->published);
	bool done = false;
	err_t e = gather(j, f->ino, &said);
	if (!e)
		e = read_simple(&published.view, &said, f, &done);
	if (!e && !done)
		e = read_versions(&published.view, &said, f);
	memo_end(&published);
	return e;
}

err_t joined_file_read(const struct joined *j, uint64_t ino, struct joined_file *ret)
{
	*ret = (struct joined_file){ .ino = ino };
	stay(j);
	err_t e = read_all(j, ret);
	stay_end(j);
	return e;
}

/* -- those that were read ---------------------------------------------------------------------------------------- */

static void file_freep(struct joined_file **f)
{
	if (*f)
		joined_file_free(*f);
	free(*f);
}

static size_t place_of(const struct joined_files *files, uint64_t ino)
{
	size_t low = 0, high = files->n;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (files->v[mid]->ino < ino)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

err_t joined_files_find(struct joined_files *files, const struct joined *j, uint64_t ino,
                        const struct joined_file **ret)
{
	size_t at = place_of(files, ino);
	if (at == files->n || files->v[at]->ino != ino) {
		cleanup(file_freep) struct joined_file *f = calloc(1, sizeof(*f));
		if (!f || !vec_room(files->v, files->n, 1, &files->cap))
			return ERR_NOMEM;
		err_t e = joined_file_read(j, ino, f);
		if (e)
			return e;
		memmove(files->v + at + 1, files->v + at, (files->n - at) * sizeof(*files->v));
		files->v[at] = steal_ptr(f);
		files->n++;
	}
	*ret = files->v[at];
	return ERR_OK;
}

void joined_files_free(struct joined_files *files)
{
	for (size_t i = 0; i < files->n; i++)
		file_freep(&files->v[i]);
	free(files->v);
	*files = (struct joined_files){ 0 };
}

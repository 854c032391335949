/* SPDX-License-Identifier: MIT */
#include "vault/shown/rebuild.h"

#include "util/cleanup.h"
#include "util/vec.h"
#include "vault/join/shared.h"
#include "vault/join/shared_key.h"
#include "vault/shown/dirs.h"
#include "vault/shown/update.h"

#include <stdlib.h>

struct dir {
	uint64_t ino, in; /* in: as it counts */
	bool done;
};

/* The shared records of some inodes: of directories that are done, of others up to a number. */
struct some {
	const struct view *all;
	const struct dir *dirs; /* by number */
	size_t n;
	uint64_t last; /* of what is no directory */
	bool any;      /* one of these is there */
};

static struct dir *find_dir(const struct dir *dirs, size_t n, uint64_t ino)
{
	size_t low = 0, high = n;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (dirs[mid].ino < ino)
			low = mid + 1;
		else
			high = mid;
	}
	return low < n && dirs[low].ino == ino ? (struct dir *)(uintptr_t)&dirs[low] : NULL;
}

static bool has(const struct some *s, uint64_t ino)
{
	const struct dir *d = find_dir(s->dirs, s->n, ino);
	if (d)
		return d->done;
	return ino == INO_ROOT || (s->any && ino <= s->last);
}

/* 0: of no inode, or of several. */
static uint64_t ino_of(struct span key)
{
	struct rd r = RD(key);
	uint8_t kind = rd_u8(&r);
	uint64_t ino = rd_u64be(&r);
	return r.bad || kind < SHARED_INODE || kind > SHARED_XATTR ? 0 : ino;
}

static err_t get(void *ctx, struct span key, struct buf *out)
{
	const struct some *s = ctx;
	return has(s, ino_of(key)) ? s->all->get(s->all->ctx, key, out) : ERR_NOTFOUND;
}

struct scan {
	const struct some *s;
	view_visit fn;
	void *arg;
};

static err_t visit(void *ctx, struct span key, struct span value)
{
	const struct scan *c = ctx;
	return has(c->s, ino_of(key)) ? c->fn(c->arg, key, value) : ERR_OK;
}

static err_t scan(void *ctx, struct span prefix, struct span from, view_visit fn, void *arg)
{
	struct some *s = ctx;
	struct scan c = { s, fn, arg };
	uint64_t ino = ino_of(prefix);
	if (ino && !has(s, ino))
		return ERR_OK;
	return s->all->scan(s->all->ctx, prefix, from, visit, &c);
}

struct building {
	const struct rebuild *r;
	struct {
		struct dir *v;
		size_t n, cap;
	} dirs;
	struct u64s files; /* all that have a record and are no directories, ascending */
	struct u64s order; /* directories, each after the one it is in; then those of which that is not so */
	struct some before, after;
};

static void building_free(struct building *b)
{
	free(b->dirs.v);
	u64s_free(&b->files);
	u64s_free(&b->order);
}

static err_t visit_key(void *ctx, struct span key, struct span value)
{
	struct u64s *inos = ctx;
	uint64_t ino = ino_of(key);
	(void)value;
	if (!ino || (inos->n && inos->v[inos->n - 1] == ino))
		return ERR_OK;
	return u64s_add(inos, ino);
}

/* Also what has no INODE: its links and versions count for others. */
static err_t list_inos(const struct view *v, struct u64s *inos)
{
	static const enum shared_kind kinds[] = { SHARED_INODE, SHARED_LINK, SHARED_SIBLING, SHARED_VERSION };
	err_t e = ERR_OK;
	for (size_t i = 0; e == ERR_OK && i < ARRAY_LEN(kinds); i++) {
		struct shared_key prefix = shared_key_kind(kinds[i]);
		e = v->scan(v->ctx, shared_key_span(&prefix), SPAN(NULL, 0), visit_key, inos);
	}
	u64s_sort(inos);
	return e;
}

static err_t add_dir(struct building *b, const struct facts *f)
{
	if (!vec_room(b->dirs.v, b->dirs.n, 1, &b->dirs.cap))
		return ERR_NOMEM;
	b->dirs.v[b->dirs.n++] = (struct dir){ f->ino, f->dir, false };
	return ERR_OK;
}

static err_t sort_inos(struct building *b, const struct u64s *inos)
{
	const struct context c = { b->r->shared, b->r->local, b->r->hash, false };
	err_t e = ERR_OK;
	for (size_t i = 0; e == ERR_OK && i < inos->n; i++) {
		struct facts f;
		e = dirs_load(&c, inos->v[i], &f);
		if (e == ERR_OK)
			e = f.is_dir ? add_dir(b, &f) : u64s_add(&b->files, inos->v[i]);
	}
	return e;
}

static int by_in(const void *x, const void *y)
{
	const struct dir *a = x, *b = y;
	return (a->in > b->in) - (a->in < b->in);
}

static size_t first_in(const struct dir *by, size_t n, uint64_t in)
{
	size_t low = 0, high = n;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (by[mid].in < in)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* From the root downwards; each is met once, since it is in one. */
static err_t order_dirs(struct building *b)
{
	size_t n = b->dirs.n;
	cleanup_free struct dir *by = calloc(n + 1, sizeof(*by));
	if (!by)
		return ERR_NOMEM;
	for (size_t i = 0; i < n; i++)
		by[i] = b->dirs.v[i];
	if (n)
		qsort(by, n, sizeof(*by), by_in);
	uint64_t in = INO_ROOT;
	err_t e = ERR_OK;
	for (size_t done = 0; e == ERR_OK; in = b->order.v[done++]) {
		for (size_t i = first_in(by, n, in); e == ERR_OK && i < n && by[i].in == in; i++) {
			e = u64s_add(&b->order, by[i].ino);
			by[i].done = true;
		}
		if (done == b->order.n)
			break;
	}
	for (size_t i = 0; e == ERR_OK && i < n; i++)
		if (!by[i].done)
			e = u64s_add(&b->order, by[i].ino);
	return e;
}

static err_t part(struct building *b, struct u64s *inos)
{
	cleanup(records_free) struct records changes = RECORDS_INIT;
	const struct view before = { get, scan, &b->before }, after = { get, scan, &b->after };
	u64s_sort(inos);
	const struct shown_change change = { &before, &after, b->r->local, b->r->hash, inos, inos };
	err_t e = update_shown(&change, &changes);
	return e == ERR_OK ? b->r->put(b->r->ctx, &changes) : e;
}

static err_t build_dirs(struct building *b)
{
	size_t n = b->dirs.n;
	cleanup_free struct dir *after = calloc(n + 1, sizeof(*after));
	if (!after)
		return ERR_NOMEM;
	for (size_t i = 0; i < n; i++)
		after[i] = b->dirs.v[i];
	b->before = (struct some){ b->r->shared, b->dirs.v, n, 0, false };
	b->after = (struct some){ b->r->shared, after, n, 0, false };
	err_t e = ERR_OK;
	for (size_t at = 0; e == ERR_OK && at < n;) {
		cleanup(u64s_free) struct u64s inos = { 0 };
		for (; e == ERR_OK && inos.n < b->r->part && at < n; at++) {
			e = u64s_add(&inos, b->order.v[at]);
			find_dir(after, n, b->order.v[at])->done = true;
		}
		if (e == ERR_OK)
			e = part(b, &inos);
		for (size_t i = 0; i < inos.n; i++)
			find_dir(b->dirs.v, n, inos.v[i])->done = true;
	}
	b->after.dirs = b->dirs.v;
	return e;
}

static err_t build_files(struct building *b)
{
	err_t e = ERR_OK;
	for (size_t at = 0; e == ERR_OK && at < b->files.n;) {
		cleanup(u64s_free) struct u64s inos = { 0 };
		for (; e == ERR_OK && inos.n < b->r->part && at < b->files.n; at++)
			e = u64s_add(&inos, b->files.v[at]);
		if (e != ERR_OK)
			return e;
		b->after.any = true;
		b->after.last = inos.v[inos.n - 1];
		e = part(b, &inos);
		b->before.any = true;
		b->before.last = b->after.last;
	}
	return e;
}

err_t rebuild_shown(const struct rebuild *r)
{
	cleanup(building_free) struct building b = { .r = r };
	cleanup(u64s_free) struct u64s inos = { 0 };
	err_t e = list_inos(r->shared, &inos);
	if (e == ERR_OK)
		e = sort_inos(&b, &inos);
	if (e == ERR_OK)
		e = order_dirs(&b);
	if (e == ERR_OK)
		e = build_dirs(&b);
	return e == ERR_OK ? build_files(&b) : e;
}

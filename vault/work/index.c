/* SPDX-License-Identifier: MIT */
#include "vault/work/index.h"

#include "util/cleanup.h"
#include "vault/changeset/joined_view.h"
#include "vault/join/shared_key.h"
#include "vault/shown/rebuild.h"
#include "vault/shown/shown_key.h"
#include "vault/shown/update.h"
#include "vault/work/parted.h"

#define PART 1000 /* inodes at a time */

/* -- in the map ---------------------------------------------------------------------------------------------------- */

static err_t get(void *ctx, struct span key, struct buf *out)
{
	return map_get(ctx, MAP_RECORDS, key, out);
}

struct visit {
	view_visit fn;
	void *arg;
};

static int visit_one(void *ctx, struct span key, struct span value)
{
	const struct visit *v = ctx;
	return value.p ? (int)v->fn(v->arg, key, value) : (int)ERR_DAMAGED;
}

static err_t scan(void *ctx, struct span prefix, struct span from, view_visit fn, void *arg)
{
	struct visit v = { fn, arg };
	return map_scan(ctx, MAP_RECORDS, prefix, from, visit_one, &v);
}

struct view index_view(struct map *map)
{
	return (struct view){ get, scan, map };
}

void index_put(struct batch *b, const struct records *changes)
{
	for (size_t i = 0; i < changes->n; i++) {
		const struct records_entry *x = changes->v[i];
		if (x->gone)
			batch_del(b, MAP_RECORDS, records_key(x));
		else
			batch_put(b, MAP_RECORDS, records_key(x), buf_span(&x->value));
	}
}

/* -- made ---------------------------------------------------------------------------------------------------------- */

static err_t is_made(struct map *map, bool *ret)
{
	cleanup(buf_free) struct buf value = BUF_INIT;
	err_t e = map_get(map, MAP_STATE, span_str(STATE_SHOWN), &value);
	*ret = !e && value.len == 1 && value.p[0] == SHOWN_VERSION;
	return e == ERR_NOTFOUND || e == ERR_DAMAGED ? ERR_OK : e;
}

static int key_visit(void *ctx, struct span key, struct span value)
{
	struct records *keys = ctx;
	(void)value;
	err_t e = records_gone(keys, key);
	return !e && keys->n == PART ? MAP_STOP : (int)e;
}

/* clear: what is left of others of one kind. */
static err_t clear(struct map *map, uint8_t kind)
{
	for (;;) {
		cleanup(records_free) struct records keys = RECORDS_INIT;
		cleanup(batch_freep) struct batch *b = batch_new();
		err_t e = b ? map_scan(map, MAP_RECORDS, SPAN(&kind, 1), SPAN(NULL, 0), key_visit, &keys) : ERR_NOMEM;
		if (e || !keys.n)
			return e;
		index_put(b, &keys);
		batch_use(b, MAP_CLAIMED);
		e = map_apply(map, b);
		if (e)
			return e;
	}
}

static err_t put_part(void *ctx, const struct records *changes)
{
	cleanup(batch_freep) struct batch *b = batch_new();
	if (!b)
		return ERR_NOMEM;
	index_put(b, changes);
	return map_apply(ctx, b);
}

static err_t say_made(struct map *map)
{
	cleanup(batch_freep) struct batch *b = batch_new();
	const uint8_t version = SHOWN_VERSION;
	if (!b)
		return ERR_NOMEM;
	batch_put(b, MAP_STATE, span_str(STATE_SHOWN), SPAN(&version, 1));
	return map_apply(map, b);
}

err_t index_make(struct map *map, const struct view *shown, const struct namehash *hash)
{
	const struct view local = index_view(map);
	bool made;
	err_t e = is_made(map, &made);
	if (e || made)
		return e;
	for (size_t i = 0; !e && i < SHOWN_KINDS_N; i++)
		e = clear(map, shown_kinds[i]);
	if (!e)
		e = rebuild_shown(&(struct rebuild){ shown, &local, hash, PART, put_part, map });
	return e ? e : say_made(map);
}

/* -- following ------------------------------------------------------------------------------------------------------
 */

struct following {
	struct changeset *c;
	const struct namehash *hash;
	const struct index_change *change;
	struct u64s inos;         /* whose records change */
	struct records_over done; /* over what is published: the changes of those that are done */
	struct records_over local;
};

static void following_free(struct following *f)
{
	u64s_free(&f->inos);
	records_free(&f->done.changes);
	records_free(&f->local.changes);
}

/* ino_of: 0: the tree does not hang on it. */
static uint64_t ino_of(struct span key)
{
	struct shared_name n;
	return shared_key_parse(key, &n) == ERR_OK && n.kind != SHARED_XATTR ? n.ino : 0;
}

static err_t list_inos(struct following *f)
{
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < f->change->changes->n; i++) {
		uint64_t ino = ino_of(records_key(f->change->changes->v[i]));
		if (ino)
			e = u64s_add(&f->inos, ino);
	}
	u64s_sort(&f->inos);
	return e;
}

/* take: the changes of the inodes `part`. */
static err_t take(const struct following *f, const struct u64s *part, struct records *ret)
{
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < f->change->changes->n; i++) {
		const struct records_entry *x = f->change->changes->v[i];
		if (!u64s_has(part, ino_of(records_key(x))))
			continue;
		e = x->gone ? records_gone(ret, records_key(x)) : records_put(ret, records_key(x), buf_span(&x->value));
	}
	return e;
}

/* add_folded: of which a set says something: what is published in one record may be shown in another. */
static err_t add_folded(const struct joined *shown, const struct u64s *part, struct records *keys)
{
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < part->n; i++) {
		struct shared_key key = shared_key_ino(SHARED_INODE, part->v[i]);
		if (!joined_may(shown, shared_key_span(&key)))
			continue;
		key = shared_key_ino(SHARED_SIBLING, part->v[i]);
		e = records_gone(keys, shared_key_span(&key));
	}
	return e;
}

/* follow_part: of some inodes. Between the parts the records are nobody's, which the index does not mind. */
static err_t follow_part(struct following *f, const struct u64s *part)
{
	cleanup(records_free) struct records changes = RECORDS_INIT, keys = RECORDS_INIT;
	const struct view done = records_over_view(&f->done), local = records_over_view(&f->local);
	struct records_over with = { .below = &done };
	const struct view published = records_over_view(&with);
	struct joined before, after;
	const struct u64s none = { 0 };
	err_t e = take(f, part, &with.changes);
	joined_begin(&before, done, f->c->open, f->c->closed);
	joined_begin(&after, published, f->c->open, f->c->closed);
	const struct shown_change change = {
		&before.view, &after.view, &local, f->hash, part, &none, .changed = { &keys }, .gone = f->change->gone,
	};
	if (!e)
		e = records_add_all(&keys, &with.changes);
	if (!e)
		e = add_folded(&after, part, &keys);
	if (!e)
		e = update_shown(&change, &changes);
	if (!e)
		e = records_add_all(&f->local.changes, &changes);
	if (!e)
		e = records_add_all(&f->done.changes, &with.changes);
	records_free(&with.changes);
	return e;
}

/* list_news: what is shown otherwise, once all is followed. */
static err_t list_news(const struct following *f)
{
	const struct view map = index_view(f->c->map), local = records_over_view(&f->local);
	const struct view done = records_over_view(&f->done);
	struct joined before, after;
	joined_begin(&before, *f->change->published, f->c->open, f->c->closed);
	joined_begin(&after, done, f->c->open, f->c->closed);
	const struct context was = { &before.view, &map, f->hash }, is = { &after.view, &local, f->hash };
	cleanup(clusters_free) struct clusters names = { 0 };
	cleanup(u64s_free) struct u64s parted = { 0 };
	const struct parting parting = { f->change->handles, f->change->told, f->change->numbers,
		                         f->change->next,    &names,          &parted };
	struct tree_naming naming = *f->change->naming;
	err_t e = parted_find(&is, f->change->naming, &parting);
	naming.stand_ins = f->change->next;
	const struct work_step step = { .before = &was,
		                        .after = &is,
		                        .was_naming = f->change->naming,
		                        .naming = &naming,
		                        .told = f->change->told,
		                        .shared = f->change->changes,
		                        .local = &f->local.changes,
		                        .names = &names,
		                        .parted = &parted };
	return e ? e : changes_find(&step, f->change->news);
}

err_t index_follow(struct changeset *c, const struct namehash *hash, const struct index_change *change, struct batch *b)
{
	const struct view local = index_view(c->map);
	cleanup(following_free) struct following f = { .c = c, .hash = hash, .change = change };
	f.done.below = change->published;
	f.local.below = &local;
	err_t e = list_inos(&f);
	for (size_t at = 0; !e && at < f.inos.n; at += PART) {
		const size_t n = MIN(PART, f.inos.n - at);
		e = follow_part(&f, &(struct u64s){ f.inos.v + at, n, n });
	}
	if (!e && change->told)
		e = list_news(&f);
	if (!e)
		index_put(b, &f.local.changes);
	return e;
}

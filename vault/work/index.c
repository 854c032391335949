/* SPDX-License-Identifier: MIT */
#include "vault/work/index.h"

#include "util/cleanup.h"
#include "util/log.h"
#include "vault/shown/rebuild.h"
#include "vault/shown/shown_key.h"

#define PART 1000 /* inodes at a time */

/* -- in the map ---------------------------------------------------------------------------------------------------- */

static err_t found_damaged(struct shown_index *x)
{
	if (!atomic_exchange(&x->damaged, true))
		log_error(AREA_VAULT, "the index of what is shown is damaged here: the next mount makes it anew");
	return ERR_DAMAGED;
}

/* kind_bit: 0: no kind of these, or of several. */
static unsigned kind_bit(struct span key)
{
	const uint8_t kind = key.len ? *(const uint8_t *)key.p : 0;
	return kind >= SHOWN_NAMES && kind <= SHOWN_SEVERAL ? 1u << (kind - SHOWN_NAMES) : 0;
}

static bool is_absent(struct shown_index *x, struct span key)
{
	return atomic_load(&x->absent) & kind_bit(key);
}

static err_t get(void *ctx, struct span key, struct buf *out)
{
	struct shown_index *x = ctx;
	if (is_absent(x, key))
		return ERR_NOTFOUND;
	err_t e = map_get(x->map, MAP_RECORDS, key, out);
	return e == ERR_DAMAGED ? found_damaged(x) : e;
}

struct visit {
	struct shown_index *x;
	view_visit fn;
	void *arg;
};

static int visit_one(void *ctx, struct span key, struct span value)
{
	const struct visit *v = ctx;
	return value.p ? (int)v->fn(v->arg, key, value) : (int)found_damaged(v->x);
}

static err_t scan(void *ctx, struct span prefix, struct span from, view_visit fn, void *arg)
{
	struct shown_index *x = ctx;
	struct visit v = { x, fn, arg };
	return is_absent(x, prefix) ? ERR_OK : map_scan(x->map, MAP_RECORDS, prefix, from, visit_one, &v);
}

struct view index_view(struct shown_index *x)
{
	return (struct view){ get, scan, x };
}

void index_put(struct shown_index *x, struct batch *b, const struct records *changes)
{
	for (size_t i = 0; i < changes->n; i++) {
		const struct records_entry *r = changes->v[i];
		if (r->gone) {
			batch_del(b, MAP_RECORDS, records_key(r));
			continue;
		}
		batch_put(b, MAP_RECORDS, records_key(r), buf_span(&r->value));
		atomic_fetch_and(&x->absent, ~kind_bit(records_key(r)));
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
static err_t clear(struct shown_index *x, uint8_t kind)
{
	for (;;) {
		cleanup(records_free) struct records keys = RECORDS_INIT;
		cleanup(batch_freep) struct batch *b = batch_new();
		err_t e =
		        b ? map_scan(x->map, MAP_RECORDS, SPAN(&kind, 1), SPAN(NULL, 0), key_visit, &keys) : ERR_NOMEM;
		if (e || !keys.n)
			return e;
		index_put(x, b, &keys);
		batch_use(b, MAP_CLAIMED);
		e = map_apply(x->map, b);
		if (e)
			return e;
	}
}

static err_t put_part(void *ctx, const struct records *changes)
{
	struct shown_index *x = ctx;
	cleanup(batch_freep) struct batch *b = batch_new();
	if (!b)
		return ERR_NOMEM;
	index_put(x, b, changes);
	return map_apply(x->map, b);
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

/* root_whole: what the opening reads of them. */
static err_t root_whole(struct map *map, bool *ret)
{
	const struct shown_key key = shown_key_1(SHOWN_SUBDIRS, INO_ROOT);
	cleanup(buf_free) struct buf value = BUF_INIT;
	err_t e = map_get(map, MAP_RECORDS, shown_key_span(&key), &value);
	*ret = e != ERR_DAMAGED;
	return e == ERR_NOTFOUND || e == ERR_DAMAGED ? ERR_OK : e;
}

static int any_visit(void *ctx, struct span key, struct span value)
{
	(void)key, (void)value; /* a damaged one is one */
	*(bool *)ctx = true;
	return MAP_STOP;
}

/* look_for_kinds: nobody else puts any meanwhile. */
static err_t look_for_kinds(struct shown_index *x)
{
	unsigned absent = 0;
	for (size_t i = 0; i < SHOWN_KINDS_N; i++) {
		const struct span kind = SPAN(&shown_kinds[i], 1);
		bool any = false;
		err_t e = map_scan(x->map, MAP_RECORDS, kind, SPAN(NULL, 0), any_visit, &any);
		if (e)
			return e;
		absent |= any ? 0 : kind_bit(kind);
	}
	atomic_store(&x->absent, absent);
	return ERR_OK;
}

/* make: all anew. */
static err_t make(struct shown_index *x, const struct view *shown, const struct namehash *hash)
{
	const struct view local = index_view(x);
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < SHOWN_KINDS_N; i++)
		e = clear(x, shown_kinds[i]);
	if (!e)
		e = rebuild_shown(&(struct rebuild){ shown, &local, hash, PART, put_part, x });
	return e ? e : say_made(x->map);
}

err_t index_make(struct shown_index *x, const struct view *shown, const struct namehash *hash)
{
	bool made, whole;
	err_t e = is_made(x->map, &made);
	if (!e)
		e = root_whole(x->map, &whole);
	if (!e && !whole)
		log_error(AREA_VAULT, "the index of what is shown is damaged here: it is made anew");
	if (!e && !(made && whole))
		e = make(x, shown, hash);
	return e ? e : look_for_kinds(x);
}

void index_close(struct shown_index *x)
{
	cleanup(batch_freep) struct batch *b = atomic_load(&x->damaged) ? batch_new() : NULL;
	if (!b)
		return;
	batch_del(b, MAP_STATE, span_str(STATE_SHOWN));
	batch_use(b, MAP_REMOVES);
	if (map_apply(x->map, b))
		log_warn(AREA_VAULT, "the index of what is shown stays damaged until it is met again");
}

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

static err_t get(void *ctx, struct span key, struct buf *out)
{
	struct shown_index *x = ctx;
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
	return map_scan(x->map, MAP_RECORDS, prefix, from, visit_one, &v);
}

struct view index_view(struct shown_index *x)
{
	return (struct view){ get, scan, x };
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

/* root_whole: what the opening reads of them. */
static err_t root_whole(struct map *map, bool *ret)
{
	const struct shown_key key = shown_key_1(SHOWN_SUBDIRS, INO_ROOT);
	cleanup(buf_free) struct buf value = BUF_INIT;
	err_t e = map_get(map, MAP_RECORDS, shown_key_span(&key), &value);
	*ret = e != ERR_DAMAGED;
	return e == ERR_NOTFOUND || e == ERR_DAMAGED ? ERR_OK : e;
}

err_t index_make(struct shown_index *x, const struct view *shown, const struct namehash *hash)
{
	struct map *map = x->map;
	const struct view local = index_view(x);
	bool made, whole;
	err_t e = is_made(map, &made);
	if (!e)
		e = root_whole(map, &whole);
	if (e || (made && whole))
		return e;
	if (!whole)
		log_error(AREA_VAULT, "the index of what is shown is damaged here: it is made anew");
	for (size_t i = 0; !e && i < SHOWN_KINDS_N; i++)
		e = clear(map, shown_kinds[i]);
	if (!e)
		e = rebuild_shown(&(struct rebuild){ shown, &local, hash, PART, put_part, map });
	return e ? e : say_made(map);
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

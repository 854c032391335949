/* SPDX-License-Identifier: MIT */
#include "vault/shown/units.h"

#include "util/cleanup.h"
#include "util/vec.h"
#include "vault/join/shared_key.h"

#include <string.h>

static int cmp_bucket(const void *x, const void *y)
{
	const struct bucket *a = x, *b = y;
	if (a->dir != b->dir)
		return a->dir < b->dir ? -1 : 1;
	return (a->hash > b->hash) - (a->hash < b->hash);
}

void buckets_sort(struct buckets *b)
{
	size_t n = 0;
	if (b->n)
		qsort(b->v, b->n, sizeof(*b->v), cmp_bucket);
	for (size_t i = 0; i < b->n; i++) {
		if (n == 0 || cmp_bucket(&b->v[n - 1], &b->v[i]))
			b->v[n++] = b->v[i];
		else
			b->v[n - 1].dirs |= b->v[i].dirs;
	}
	b->n = n;
}

static void unit_free(struct unit *unit)
{
	facts_read_free(&unit->was);
	facts_read_free(&unit->is);
	facts_free(&unit->before);
	facts_free(&unit->after);
	free(unit->now);
	free(unit);
}

static void unit_freep(struct unit **unit)
{
	if (*unit)
		unit_free(*unit);
}

void update_end(struct update *u)
{
	for (size_t i = 0; i < u->units_n; i++)
		unit_free(u->units[i]);
	free(u->units);
	free(u->changed.v);
	u64s_free(&u->dirs);
}

static size_t place_of(const struct update *u, uint64_t ino)
{
	size_t low = 0, high = u->units_n;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (u->units[mid]->ino < ino)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

struct unit *units_find(const struct update *u, uint64_t ino)
{
	size_t at = place_of(u, ino);
	return at < u->units_n && u->units[at]->ino == ino ? u->units[at] : NULL;
}

static err_t hanging_of(const struct context *c, const struct facts *f, struct hanging *ret)
{
	*ret = (struct hanging){ 0 };
	if (f->ino == INO_LOST)
		return dirs_lost(c, ret);
	return f->is_dir ? dirs_hanging(c, f, ret) : ERR_OK;
}

static bool begins(const struct records *t, struct shared_key prefix)
{
	size_t at = records_at(t, shared_key_span(&prefix));
	return at < t->n && t->v[at]->len >= prefix.len && memcmp(t->v[at]->key, prefix.b, prefix.len) == 0;
}

static bool is_changed(const struct update *u, struct shared_key prefix)
{
	const struct records *const *in = u->change->changed;
	return !in[0] || begins(in[0], prefix) || (in[1] && begins(in[1], prefix));
}

static void note_changes(const struct update *u, struct unit *unit)
{
	unit->links_changed = is_changed(u, shared_key_ino(SHARED_LINK, unit->ino));
	unit->versions_changed = is_changed(u, shared_key_ino(SHARED_SIBLING, unit->ino));
}

static bool is_fresh(const struct update *u, uint64_t ino)
{
	return u64s_has(u->change->fresh, ino);
}

/* was_single: there was no other link, and no other version. */
static bool was_single(const struct update *u, const struct unit *unit)
{
	if (is_fresh(u, unit->ino))
		return u->change->drawn;
	return unit->before.is_file && !unit->before.more;
}

bool units_one_link(const struct update *u, const struct unit *unit)
{
	return !unit->links_changed && was_single(u, unit);
}

bool units_one_version(const struct update *u, const struct unit *unit)
{
	return !unit->versions_changed && was_single(u, unit);
}

/* What it claimed before. */
static err_t read_before(const struct context *c, struct unit *unit)
{
	struct facts *f = &unit->before;
	struct hanging h;
	err_t e = facts_read(c, unit->ino, &unit->was);
	if (e == ERR_OK)
		e = facts_tell(c, unit->ino, &unit->was, f);
	if (e == ERR_OK)
		e = hanging_of(c, f, &h);
	if (e != ERR_OK)
		return e;
	unit->now = calloc(f->claimed_n + 1, sizeof(*unit->now));
	if (!unit->now)
		return ERR_NOMEM;
	for (size_t i = 0; i < f->claimed_n; i++)
		unit->now[unit->now_n++] = f->claimed[i];
	if (h.shown)
		unit->now[unit->now_n++] = (struct claimed){ h.dir, h.claim };
	return ERR_OK;
}

err_t units_add(struct update *u, uint64_t ino, struct unit **ret)
{
	size_t at = place_of(u, ino);
	if (at == u->units_n || u->units[at]->ino != ino) {
		cleanup(unit_freep) struct unit *unit = calloc(1, sizeof(*unit));
		if (!unit || !vec_room(u->units, u->units_n, 1, &u->units_cap))
			return ERR_NOMEM;
		unit->ino = unit->before.ino = ino;
		note_changes(u, unit);
		err_t e = is_fresh(u, ino) ? ERR_OK : read_before(&u->before, unit);
		if (e == ERR_OK)
			e = facts_read(&u->after, ino, &unit->is);
		if (e != ERR_OK)
			return e;
		memmove(&u->units[at + 1], &u->units[at], (u->units_n - at) * sizeof(struct unit *));
		u->units[at] = steal_ptr(unit);
		u->units_n++;
	}
	if (ret)
		*ret = u->units[at];
	return ERR_OK;
}

err_t units_look(struct update *u, struct unit *unit)
{
	struct facts f = { 0 };
	struct hanging h;
	unit->is.single = !unit->elsewhere && units_one_link(u, unit) && units_one_version(u, unit);
	err_t e = facts_tell(&u->after, unit->ino, &unit->is, &f);
	if (e == ERR_OK)
		e = hanging_of(&u->after, &f, &h);
	if (e != ERR_OK) {
		facts_free(&f);
		return e;
	}
	facts_free(&unit->after);
	unit->after = f;
	unit->hanging = h;
	unit->looked = true;
	return ERR_OK;
}

err_t units_bucket(struct update *u, struct bucket b)
{
	if (!vec_room(u->changed.v, u->changed.n, 1, &u->changed.cap))
		return ERR_NOMEM;
	u->changed.v[u->changed.n++] = b;
	return ERR_OK;
}

/* Is it what was there before? */
static err_t is_before(const struct update *u, struct shown_key key, const struct span *value, bool *ret)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	const struct view *v = u->before.local;
	err_t e = v->get(v->ctx, shown_key_span(&key), &b);
	if (e != ERR_OK && e != ERR_NOTFOUND)
		return e;
	*ret = value ? e == ERR_OK && span_cmp(*value, buf_span(&b)) == 0 : e == ERR_NOTFOUND;
	return ERR_OK;
}

err_t units_put(struct update *u, struct shown_key key, struct span value)
{
	bool same = false;
	err_t e = is_before(u, key, &value, &same);
	if (e != ERR_OK)
		return e;
	if (!same)
		return records_put(u->out, shown_key_span(&key), value);
	records_drop(u->out, shown_key_span(&key));
	return ERR_OK;
}

err_t units_gone(struct update *u, struct shown_key key)
{
	bool same = false;
	err_t e = is_before(u, key, NULL, &same);
	if (e != ERR_OK)
		return e;
	if (!same)
		return records_gone(u->out, shown_key_span(&key));
	records_drop(u->out, shown_key_span(&key));
	return ERR_OK;
}

err_t units_say(struct update *u, struct shown_key key, bool before, bool after)
{
	if (before == after && !records_find(u->out, shown_key_span(&key)))
		return ERR_OK;
	return after ? units_put(u, key, SPAN(NULL, 0)) : units_gone(u, key);
}

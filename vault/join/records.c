/* SPDX-License-Identifier: MIT */
#include "vault/join/records.h"

#include "util/vec.h"

#include <stdlib.h>
#include <string.h>

#define KEY_MAX 255

static void entry_free(struct records_entry *e)
{
	buf_wipe_free(&e->value);
	free(e);
}

void records_free(struct records *t)
{
	for (size_t i = 0; i < t->n; i++)
		entry_free(t->v[i]);
	free(t->v);
	*t = RECORDS_INIT;
}

size_t records_at(const struct records *t, struct span key)
{
	size_t low = 0, high = t->n;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (span_cmp(records_key(t->v[mid]), key) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

const struct records_entry *records_find(const struct records *t, struct span key)
{
	size_t at = records_at(t, key);
	return at < t->n && span_cmp(records_key(t->v[at]), key) == 0 ? t->v[at] : NULL;
}

/* set: takes `value` unless it fails. */
static err_t set(struct records *t, struct span key, struct buf *value, bool gone)
{
	size_t at = records_at(t, key);
	if (at == t->n || span_cmp(records_key(t->v[at]), key)) {
		if (key.len > KEY_MAX)
			return ERR_LIMIT;
		struct records_entry *e = vec_room(t->v, t->n, 1, &t->cap) ? malloc(sizeof(*e) + key.len) : NULL;
		if (!e)
			return ERR_NOMEM;
		*e = (struct records_entry){ .len = (uint16_t)key.len };
		if (key.len)
			memcpy(e->key, key.p, key.len);
		memmove(t->v + at + 1, t->v + at, (t->n - at) * sizeof(*t->v));
		t->v[at] = e;
		t->n++;
	}
	buf_wipe_free(&t->v[at]->value);
	buf_move(&t->v[at]->value, value);
	t->v[at]->gone = gone;
	return ERR_OK;
}

err_t records_put(struct records *t, struct span key, struct span value)
{
	struct buf copy = BUF_INIT;
	buf_put(&copy, value.p, value.len);
	err_t e = buf_ok(&copy);
	if (!e)
		e = set(t, key, &copy, false);
	buf_wipe_free(&copy);
	return e;
}

err_t records_gone(struct records *t, struct span key)
{
	struct buf none = BUF_INIT;
	return set(t, key, &none, true);
}

void records_drop(struct records *t, struct span key)
{
	size_t at = records_at(t, key);
	if (at == t->n || span_cmp(records_key(t->v[at]), key))
		return;
	entry_free(t->v[at]);
	memmove(t->v + at, t->v + at + 1, (t->n - at - 1) * sizeof(*t->v));
	t->n--;
}

err_t records_add_all(struct records *t, const struct records *more)
{
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < more->n; i++) {
		const struct records_entry *x = more->v[i];
		e = x->gone ? records_gone(t, records_key(x)) : records_put(t, records_key(x), buf_span(&x->value));
	}
	return e;
}

err_t records_apply(struct records *t, const struct records *changes)
{
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < changes->n; i++) {
		const struct records_entry *x = changes->v[i];
		if (x->gone)
			records_drop(t, records_key(x));
		else
			e = records_put(t, records_key(x), buf_span(&x->value));
	}
	return e;
}

/* -- views ------------------------------------------------------------------------------------------------------- */

static bool begins(struct span key, struct span prefix)
{
	return key.len >= prefix.len && (prefix.len == 0 || memcmp(key.p, prefix.p, prefix.len) == 0);
}

static err_t get_value(const struct records_entry *x, struct buf *out)
{
	if (!x || x->gone)
		return ERR_NOTFOUND;
	buf_clear(out);
	buf_put(out, x->value.p, x->value.len);
	return buf_ok(out);
}

static err_t get_of_records(void *ctx, struct span key, struct buf *out)
{
	return get_value(records_find(ctx, key), out);
}

/* A scan of a table, alone or beside what is below it. */
struct walk {
	const struct records *t;
	size_t at;
	struct span prefix;
	view_visit fn;
	void *arg;
};

static struct walk walk_of(const struct records *t, struct span prefix, struct span from)
{
	struct span first = from.len && span_cmp(from, prefix) > 0 ? from : prefix;
	return (struct walk){ .t = t, .at = records_at(t, first), .prefix = prefix };
}

/* walk_to: visits what comes before `end`, or all. */
static err_t walk_to(struct walk *w, const struct span *end)
{
	err_t e = ERR_OK;
	for (; !e && w->at < w->t->n; w->at++) {
		const struct records_entry *x = w->t->v[w->at];
		if (!begins(records_key(x), w->prefix) || (end && span_cmp(records_key(x), *end) >= 0))
			break;
		if (!x->gone)
			e = w->fn(w->arg, records_key(x), buf_span(&x->value));
	}
	return e;
}

static err_t scan_records(void *ctx, struct span prefix, struct span from, view_visit fn, void *arg)
{
	struct walk w = walk_of(ctx, prefix, from);
	w.fn = fn;
	w.arg = arg;
	return walk_to(&w, NULL);
}

struct view records_view(const struct records *t)
{
	return (struct view){ get_of_records, scan_records, (void *)t };
}

static err_t get_over(void *ctx, struct span key, struct buf *out)
{
	const struct records_over *l = ctx;
	const struct records_entry *x = records_find(&l->changes, key);
	return x ? get_value(x, out) : l->below->get(l->below->ctx, key, out);
}

/* visit_below: what is below, with what the table has before it. */
static err_t visit_below(void *ctx, struct span key, struct span value)
{
	struct walk *w = ctx;
	err_t e = walk_to(w, &key);
	if (e)
		return e;
	if (w->at < w->t->n && span_cmp(records_key(w->t->v[w->at]), key) == 0) {
		const struct records_entry *x = w->t->v[w->at++];
		return x->gone ? ERR_OK : w->fn(w->arg, key, buf_span(&x->value));
	}
	return w->fn(w->arg, key, value);
}

static err_t scan_over(void *ctx, struct span prefix, struct span from, view_visit fn, void *arg)
{
	const struct records_over *l = ctx;
	struct walk w = walk_of(&l->changes, prefix, from);
	w.fn = fn;
	w.arg = arg;
	err_t e = l->below->scan(l->below->ctx, prefix, from, visit_below, &w);
	return e ? e : walk_to(&w, NULL);
}

struct view records_over_view(const struct records_over *l)
{
	return (struct view){ get_over, scan_over, (void *)l };
}

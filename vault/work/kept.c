/* SPDX-License-Identifier: MIT */
#include "vault/work/kept.h"

#include "vault/shown/asked.h"
#include "vault/work/parts.h"

#include <string.h>

#define RECORDS_MOST 256 /* what has read more is not kept: it is some 100 KiB */

static void kept_free(struct kept *k)
{
	if (!k)
		return;
	tree_freep(&k->tree);
	joined_once_end(&k->shown);
	records_free(&k->got);
	free(k);
}

static void note_name(struct kept *k, const struct version_id *root, int64_t time, const char who[CONFLICT_WHO])
{
	for (unsigned i = 0; i < k->names_n; i++)
		if (k->names[i].time == time && version_id_cmp(k->names[i].root, *root) == 0)
			return;
	k->many |= k->names_n == KEPT_NAMES;
	if (k->many)
		return;
	struct kept_name *n = &k->names[k->names_n++];
	n->root = *root;
	n->time = time;
	memcpy(n->who, who, sizeof(n->who));
}

static void who(void *ctx, const struct version_id *root, int64_t time, char out[CONFLICT_WHO])
{
	struct kept *k = ctx;
	k->w->naming.who(k->w->naming.ctx, root, time, out);
	note_name(k, root, time, out);
}

static uint64_t names_at(const struct work *w)
{
	return w->naming.at ? w->naming.at(w->naming.ctx) : 0;
}

/* names_hold: all that were told are told so still. */
static bool names_hold(struct kept *k)
{
	const uint64_t at = names_at(k->w);
	bool same = true;
	if (k->w->naming.at && at == k->at)
		return true;
	for (unsigned i = 0; same && i < k->names_n; i++) {
		char now[CONFLICT_WHO];
		k->w->naming.who(k->w->naming.ctx, &k->names[i].root, k->names[i].time, now);
		same = strcmp(now, k->names[i].who) == 0;
	}
	k->at = at;
	return same;
}

static err_t local_get(void *ctx, struct span key, struct buf *out)
{
	struct kept *k = ctx;
	const struct view *below = &k->w->local;
	const struct records_entry *x = records_find(&k->got, key);
	if (x && x->gone)
		return ERR_NOTFOUND;
	if (x) {
		buf_clear(out);
		buf_put(out, x->value.p, x->value.len);
		return buf_ok(out);
	}
	err_t e = below->get(below->ctx, key, out);
	if (e && e != ERR_NOTFOUND)
		return e;
	err_t noted = e ? records_gone(&k->got, key) : records_put(&k->got, key, buf_span(out));
	return noted ? noted : e;
}

static err_t local_scan(void *ctx, struct span prefix, struct span from, view_visit fn, void *arg)
{
	const struct kept *k = ctx;
	const struct view *below = &k->w->local;
	return below->scan(below->ctx, prefix, from, fn, arg);
}

static err_t kept_new(const struct work *w, struct kept **ret)
{
	struct kept *k = calloc(1, sizeof(*k));
	if (!k)
		return ERR_NOMEM;
	k->w = w;
	k->naming = (struct tree_naming){ .who = who, .ctx = k, .stand_ins = w->naming.stand_ins };
	k->at = names_at(w);
	k->local = (struct view){ local_get, local_scan, k };
	joined_once_begin(&k->shown, &w->changeset->shown);
	k->c = (struct context){ joined_once_view(&k->shown), &k->local, w->cfg.hash, true, NULL };
	err_t e = asked_tree(&k->c, &k->naming, &k->tree);
	if (e)
		kept_free(k);
	else
		*ret = k;
	return e;
}

/* swap: what is kept by now; the caller's. */
static struct kept *swap(struct work *w, struct kept *k)
{
	guard(&w->kept_lock);
	struct kept *was = w->kept;
	w->kept = k;
	return was;
}

err_t kept_take(struct work *w, struct kept **ret)
{
	struct kept *k = swap(w, NULL);
	if (k && !names_hold(k)) {
		kept_free(k);
		k = NULL;
	}
	if (!k)
		return kept_new(w, ret);
	*ret = k;
	return ERR_OK;
}

void kept_put(struct work *w, struct kept *k, bool good)
{
	good &= !k->many && k->shown.memo.got.n <= RECORDS_MOST && k->got.n <= RECORDS_MOST;
	kept_free(good ? swap(w, k) : k);
}

void kept_drop(struct work *w)
{
	kept_free(swap(w, NULL));
}

/* SPDX-License-Identifier: MIT */
#include "vault/work/kept.h"

#include "vault/shown/asked.h"
#include "vault/work/parts.h"

#define RECORDS_MOST 256 /* what has read more is not kept: it is some 100 KiB */

static void kept_free(struct kept *k)
{
	if (!k)
		return;
	tree_freep(&k->tree);
	joined_once_end(&k->shown);
	free(k);
}

static void who(void *ctx, const struct version_id *root, int64_t time, char out[CONFLICT_WHO])
{
	struct kept *k = ctx;
	k->named = true;
	k->w->naming.who(k->w->naming.ctx, root, time, out);
}

static err_t kept_new(const struct work *w, struct kept **ret)
{
	struct kept *k = calloc(1, sizeof(*k));
	if (!k)
		return ERR_NOMEM;
	k->w = w;
	k->naming = (struct tree_naming){ who, k, w->naming.stand_ins };
	joined_once_begin(&k->shown, &w->changeset->shown);
	k->c = (struct context){ joined_once_view(&k->shown), &w->local, w->cfg.hash, true, NULL };
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
	if (!k)
		return kept_new(w, ret);
	*ret = k;
	return ERR_OK;
}

void kept_put(struct work *w, struct kept *k, bool good)
{
	good &= !k->named && k->shown.memo.got.n <= RECORDS_MOST;
	kept_free(good ? swap(w, k) : k);
}

void kept_drop(struct work *w)
{
	kept_free(swap(w, NULL));
}

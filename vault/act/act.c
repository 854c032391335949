/* SPDX-License-Identifier: MIT */
#include "vault/act/act.h"

#include "util/vec.h"
#include "vault/shown/asked.h"

void act_end(struct act *a)
{
	for (size_t i = 0; i < a->past_n; i++)
		tree_freep(&a->past[i]);
	a->past_n = 0;
}

void act_changed(struct act *a)
{
	tree_freep(&a->tree);
	if (a->keeping)
		keep_end(&a->keep);
	a->keeping = false;
}

void act_free(struct act *a)
{
	act_end(a);
	act_changed(a);
	free(a->past);
	a->past = NULL;
	a->past_cap = 0;
}

static err_t keep(struct act *a)
{
	if (a->keeping)
		return ERR_OK;
	err_t e = keep_begin(&a->keep, a->open, a->local, a->hash);
	a->keeping = true;
	return e;
}

err_t act_context(struct act *a, struct context *ret)
{
	err_t e = keep(a);
	if (e == ERR_OK)
		e = keep_update(&a->keep);
	if (e == ERR_OK)
		*ret = (struct context){ act_shown(a), &a->keep.local, a->hash, true };
	return e;
}

/* Out of local records. */
static err_t make_asked(struct act *a)
{
	struct context c;
	err_t e = act_context(a, &c);
	return e == ERR_OK ? asked_tree(&c, a->naming, &a->tree) : e;
}

err_t act_tree(struct act *a, const struct tree **ret)
{
	if (!a->tree) {
		err_t e = a->local ? make_asked(a) : tree_build(act_shown(a), a->naming, &a->tree);
		if (e != ERR_OK)
			return e;
	}
	*ret = a->tree;
	return ERR_OK;
}

err_t act_by_number(struct act *a, uint64_t number, const struct tree_entry **ret)
{
	const struct tree *t;
	err_t e = act_tree(a, &t);
	return e == ERR_OK ? tree_number(t, number, ret) : e;
}

/* The tree that was read so far is asked no more, but what it gave is still used. */
static err_t put_away(struct act *a)
{
	if (!a->tree)
		return ERR_OK;
	if (!vec_room(a->past, a->past_n, 1, &a->past_cap))
		return ERR_NOMEM;
	if (a->local)
		asked_close(a->tree);
	a->past[a->past_n++] = steal_ptr(a->tree);
	return ERR_OK;
}

static err_t writes(struct act *a, uint64_t ino, bool fresh)
{
	err_t e = put_away(a);
	if (e == ERR_OK && a->local)
		e = keep(a);
	return e == ERR_OK && a->local ? keep_touch(&a->keep, ino, fresh) : e;
}

err_t act_writes(struct act *a, uint64_t ino)
{
	return writes(a, ino, false);
}

err_t act_writes_new(struct act *a, uint64_t ino)
{
	return writes(a, ino, true);
}

err_t act_local(struct act *a, struct records *ret)
{
	if (!a->keeping)
		return ERR_OK;
	err_t e = keep_update(&a->keep);
	if (e != ERR_OK)
		return e;
	*ret = a->keep.over.changes;
	a->keep.over.changes = RECORDS_INIT;
	return ERR_OK;
}

struct tree_inos act_gone(const struct act *a)
{
	return a->keeping ? (struct tree_inos){ a->keep.gone.v, a->keep.gone.n } : (struct tree_inos){ 0 };
}

struct stamp act_tick(struct act *a)
{
	return (struct stamp){ ++a->lamport, a->stream, a->n };
}

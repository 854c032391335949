/* SPDX-License-Identifier: MIT */
#include "vault/act/act.h"

#include "util/vec.h"

void act_end(struct act *a)
{
	for (size_t i = 0; i < a->past_n; i++)
		tree_freep(&a->past[i]);
	a->past_n = 0;
}

void act_changed(struct act *a)
{
	tree_freep(&a->tree);
}

void act_free(struct act *a)
{
	act_end(a);
	act_changed(a);
	free(a->past);
	a->past = NULL;
	a->past_cap = 0;
	free(a->born);
	a->born = NULL;
	a->born_n = a->born_cap = 0;
}

err_t act_tree(struct act *a, const struct tree **ret)
{
	if (!a->tree) {
		err_t e = tree_build(act_shown(a), a->naming, &a->tree);
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

err_t act_wrote(struct act *a)
{
	if (!a->tree)
		return ERR_OK;
	if (!vec_room(a->past, a->past_n, 1, &a->past_cap))
		return ERR_NOMEM;
	a->past[a->past_n++] = steal_ptr(a->tree);
	return ERR_OK;
}

struct stamp act_tick(struct act *a)
{
	return (struct stamp){ ++a->lamport, a->stream, a->n };
}

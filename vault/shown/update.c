/* SPDX-License-Identifier: MIT */
#include "vault/shown/update.h"

#include "util/cleanup.h"
#include "vault/shown/alone.h"
#include "vault/shown/cycles.h"
#include "vault/shown/homes.h"
#include "vault/shown/names.h"
#include "vault/shown/unions.h"

static void over_free(struct records_over *l)
{
	records_free(&l->changes);
}

/* Of what was looked at, what is there and claims nothing. */
static err_t list_gone(const struct update *u, struct u64s *ret)
{
	err_t e = ERR_OK;
	for (size_t i = 0; ret && e == ERR_OK && i < u->units_n; i++)
		if (u->units[i]->is.there && !u->units[i]->now_n)
			e = u64s_add(ret, u->units[i]->ino);
	return e;
}

err_t update_shown(const struct shown_change *change, struct records *ret)
{
	cleanup(over_free) struct records_over over = { .below = change->local };
	const struct view local = records_over_view(&over);
	struct context_dir was = { 0 }, is = { 0 };
	struct context_path was_path = { 0 }, is_path = { 0 };
	cleanup(update_end) struct update u = {
		.before = { change->before, change->local, change->hash, true, &was, &was_path },
		.after = { change->after, &local, change->hash, false, &is, &is_path },
		.change = change,
		.out = &over.changes,
	};
	err_t e = homes_update(&u, change->inos);
	if (e == ERR_OK)
		e = cycles_update(&u);
	if (e == ERR_OK)
		e = names_update(&u);
	if (e == ERR_OK)
		e = unions_update(&u);
	if (e == ERR_OK)
		e = list_gone(&u, change->gone);
	if (e != ERR_OK)
		return e;
	*ret = over.changes;
	over.changes = RECORDS_INIT;
	return ERR_OK;
}

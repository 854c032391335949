/* SPDX-License-Identifier: MIT */
#include "vault/shown/update.h"

#include "util/cleanup.h"
#include "vault/shown/cycles.h"
#include "vault/shown/homes.h"
#include "vault/shown/names.h"
#include "vault/shown/unions.h"

static void over_free(struct records_over *l)
{
	records_free(&l->changes);
}

err_t update_shown(const struct shown_change *change, struct records *ret)
{
	cleanup(over_free) struct records_over over = { .below = change->local };
	const struct view local = records_over_view(&over);
	struct context_dir was = { 0 }, is = { 0 };
	cleanup(update_end) struct update u = {
		.before = { change->before, change->local, change->hash, true, &was },
		.after = { change->after, &local, change->hash, false, &is },
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
	if (e != ERR_OK)
		return e;
	*ret = over.changes;
	over.changes = RECORDS_INIT;
	return ERR_OK;
}

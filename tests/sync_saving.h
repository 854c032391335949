/* SPDX-License-Identifier: MIT
 * A fleet on a store that loses things (sync_lossy.h), with a header there, which each round that somebody waits for
 * looks at as a whole. Includers use only some of it.
 */
#pragma once

#include "tests/sync_fleet.h"
#include "tests/sync_lossy.h"

/* All is looked at in each round that somebody waits for, so that what was lost before is known. */
static const struct audit_budget at_once = { .objects = UINT32_MAX, .age_s = 1, .asked_s = 1, .read_back_most = 8 };

/* The header of these tests is one line. */
#define HEADER_TEXT "the vault of these tests"

static err_t header_here(void *ctx, struct store *store, enum here_seen *ret)
{
	cleanup(buf_free) struct buf body = BUF_INIT;
	err_t e = store_get_sync(store, STORE_HEADER, 0, 0, 100, &body);
	(void)ctx;
	if (e && e != ERR_NOTFOUND)
		return e;
	*ret = e ? HERE_BARE : HERE_OTHER;
	if (!e && span_cmp(buf_span(&body), span_str(HEADER_TEXT)) == 0)
		*ret = HERE_OURS;
	return ERR_OK;
}
static err_t header_again(void *ctx, struct store *store)
{
	(void)ctx;
	return store_put_sync(store, STORE_HEADER, span_str(HEADER_TEXT));
}
static const struct here_keeper keeper = { header_here, header_again, NULL };

/* fleet_saving: a vault with its header there, and one device. */
static UNUSED void fleet_saving(struct fleet *f, const struct fleet_vault *v)
{
	fleet_new_on(f, v, lossy_new(store_mem_new()));
	f->audit = at_once;
	f->here = &keeper;
	ok(header_again(NULL, f->shared));
	ship_crash(f, &f->d[0]); /* with these */
}

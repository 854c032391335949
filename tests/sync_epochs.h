/* SPDX-License-Identifier: MIT
 * Epochs of a fleet: who is removed, under which epoch a device writes, and what keys open of a store. Includes use
 * only some of it.
 */
#pragma once

#include "sync/core/epoch.h"
#include "sync/members/begun.h"
#include "sync/members/revoke.h"
#include "sync/members/statements.h"
#include "tests/sync_three.h"

#define SECOND 1000

static UNUSED void revoke_by(struct ship *by, const struct ship *whom)
{
	ok(revoke_say(by->sync, &(struct revoke){ whom->id, SECOND }, NULL));
}

/* turn: all but who was removed, which ends with that. */
static UNUSED void turn(struct three *x, unsigned times)
{
	for (unsigned i = 0; i < times; i++)
		for (size_t k = 0; k < x->f.n; k++) {
			err_t e = sync_step(x->f.d[k].sync);
			if (e && e != ERR_FORK)
				fail_msg("device %zu: %s: %s", k, err_text(e), ship_said(&x->f.d[k]));
		}
}

/* hear: one knows what the other says of members, before any commit has it. */
static UNUSED void hear(struct ship *d, const struct ship *of)
{
	const struct roster *r = &of->sync->statements->roster;
	for (size_t i = 0; i < r->said_n; i++)
		ok(statements_keep(d->sync, r->said[i].s->bytes));
	ok(statements_make(d->sync));
}

static UNUSED uint32_t writes_under(const struct ship *d)
{
	return keyring_number(d->keyring, keyring_epoch(d->keyring));
}

static UNUSED bool same_epoch(const struct ship *p, const struct ship *q)
{
	struct hash x, y;
	ok(keyring_epoch_id(p->keyring, keyring_epoch(p->keyring), &x));
	ok(keyring_epoch_id(q->keyring, keyring_epoch(q->keyring), &y));
	return writes_under(p) == writes_under(q) && hash_eq(x, y);
}

static UNUSED bool is_due(const struct ship *d)
{
	uint32_t number;
	ok(begun_due(d->sync, &number));
	return number != 0;
}

/* -- what keys open ------------------------------------------------------------------------------------------------ */

struct name_list {
	char v[4096][OBJECT_NAME];
	size_t n;
};
static UNUSED enum store_list_next list_one(void *ctx, const char *name, uint64_t size)
{
	struct name_list *l = ctx;
	(void)size;
	if (strlen(name) < sizeof(l->v[0]) && l->n < ARRAY_LEN(l->v))
		strcpy(l->v[l->n++], name);
	return STORE_LIST_NEXT;
}

static UNUSED void list_all(struct fleet *f, struct name_list *l)
{
	l->n = 0;
	ok(f->shared->ops->list(f->shared, list_one, l));
}

/* opens: by any of the keys, as any type. */
static UNUSED bool opens(struct fleet *f, const struct keyring *k, const char *name)
{
	cleanup(buf_free) struct buf body = BUF_INIT;
	bool any = false;
	ok(store_get_sync(f->shared, name, 0, 0, 0, &body));
	for (uint32_t i = 1; i <= keyring_claimed(k); i++)
		for (unsigned type = 1; type <= 7 && !any; type++) {
			cleanup(epoch_wipe) struct epoch epoch = { 0 };
			cleanup(buf_free) struct buf plain = BUF_INIT;
			uint8_t sig[SIG_LEN];
			struct hash hash;
			ok(epoch_open(k, i, &epoch));
			struct object_place at = epoch_place(&epoch, (enum object_type)type, name);
			any |= !object_open(&at, buf_span(&body), &plain, &hash, sig);
		}
	return any;
}

static UNUSED bool listed(const struct name_list *l, const char *name)
{
	bool is = false;
	for (size_t i = 0; i < l->n; i++)
		is |= !strcmp(l->v[i], name);
	return is;
}

/* opened_of: how many objects that came since open by these keys. */
static UNUSED size_t opened_since(struct fleet *f, const struct keyring *k, const struct name_list *before)
{
	static struct name_list now;
	size_t n = 0;
	list_all(f, &now);
	for (size_t i = 0; i < now.n; i++)
		n += !listed(before, now.v[i]) && opens(f, k, now.v[i]);
	return n;
}

/* SPDX-License-Identifier: MIT */
#include "sync/members/device.h"

#include "util/cleanup.h"
#include "vault/changeset/operation.h"
#include "vault/join/group_encode.h"
#include "vault/join/signer.h"
#include "vault/join/vault_key.h"
#include "vault/keys/record_map.h"

err_t device_put(struct draft *d, const struct device_said *says, struct stamp at)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	cleanup(buf_wipe_free) struct buf value = BUF_INIT;
	struct vault_name n = { .kind = SHARED_DEVICE };
	n.id = says->device;
	struct vault_key key = vault_key_of(&n);
	record_map_add(&r, 1, SPAN(says->mix->b, sizeof(says->mix->b)));
	if (says->name.len)
		group_value(&r, 2, at, says->name);
	err_t e = record_encode(&r, &value);
	return e ? e : draft_put(d, vault_key_span(&key), buf_span(&value));
}

err_t device_put_again(struct draft *d, struct id device, const struct key *mix)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	cleanup(buf_wipe_free) struct buf value = BUF_INIT;
	cleanup(records_free) struct records one = RECORDS_INIT;
	const struct vault_name n = { .kind = SHARED_DEVICE, .id = device };
	const struct vault_key key = vault_key_of(&n);
	record_map_add(&r, 1, SPAN(mix->b, sizeof(mix->b)));
	err_t e = record_encode(&r, &value);
	if (!e)
		e = records_put(&one, vault_key_span(&key), buf_span(&value));
	if (!e)
		e = draft_load(d, vault_key_span(&key));
	return e ? e : draft_join(d, &one);
}

struct renaming {
	struct changeset *c;
	struct id device;
	struct span name;
};

static err_t put_name(struct draft *d, const struct renaming *n)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	cleanup(buf_free) struct buf value = BUF_INIT;
	const struct vault_name of = { .kind = SHARED_DEVICE, .id = n->device };
	struct vault_key key = vault_key_of(&of);
	group_value(&r, 2, changeset_tick(n->c), n->name);
	err_t e = record_encode(&r, &value);
	return e ? e : draft_put(d, vault_key_span(&key), buf_span(&value));
}

/* rename_it: everybody is stopped. */
static err_t rename_it(void *ctx)
{
	const struct renaming *n = ctx;
	cleanup(batch_freep) struct batch *b = batch_new();
	struct operation o;
	if (!b)
		return ERR_NOMEM;
	operation_begin(&o, n->c);
	err_t e = put_name(&o.draft, n);
	if (!e)
		e = operation_apply(&o, b);
	operation_end(&o);
	return e;
}

err_t device_rename(struct changeset *c, struct id device, struct span name)
{
	struct renaming n = { c, device, name };
	if (!signer_name_ok(name))
		return ERR_INVAL;
	err_t e = map_stopped(c->map, rename_it, &n);
	return e ? e : map_sync(c->map);
}

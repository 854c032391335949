/* SPDX-License-Identifier: MIT */
#include "sync/members/device.h"

#include "util/cleanup.h"
#include "vault/changeset/operation.h"
#include "vault/join/group_encode.h"
#include "vault/join/group_decode.h"
#include "vault/join/vault_key.h"

#include <string.h>

/* put_mix: what members know of it, and the store does not. */
static void put_mix(struct record *r, const struct key *mix)
{
	size_t map = group_open(r, 1, GROUP_MAP, STAMP_ZERO);
	size_t key = group_key(r, STAMP_ZERO, SPAN(mix->b, sizeof(mix->b)));
	group_close(r, key);
	group_close(r, map);
}

err_t device_put(struct draft *d, const struct device_said *says, struct stamp at)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	cleanup(buf_wipe_free) struct buf value = BUF_INIT;
	struct vault_name n = { .kind = SHARED_DEVICE };
	n.id = says->device;
	struct vault_key key = vault_key_of(&n);
	if (says->mix)
		put_mix(&r, says->mix);
	group_value(&r, 2, at, says->name);
	err_t e = record_encode(&r, &value);
	return e ? e : draft_put(d, vault_key_span(&key), buf_span(&value));
}

err_t device_say(struct changeset *c, struct id device, struct span name)
{
	cleanup(batch_freep) struct batch *b = batch_new();
	struct operation o;
	if (!b)
		return ERR_NOMEM;
	operation_begin(&o, c);
	const struct device_said says = { device, name, NULL };
	err_t e = device_put(&o.draft, &says, changeset_tick(c));
	if (!e)
		e = operation_apply(&o, b);
	operation_end(&o);
	return e;
}

err_t device_name(const struct changeset *c, struct id device, char ret[DEVICE_NAME])
{
	cleanup(record_free) struct record r = RECORD_INIT;
	cleanup(buf_wipe_free) struct buf value = BUF_INIT;
	const struct view *shown = changeset_shown(c);
	struct vault_name n = { .kind = SHARED_DEVICE };
	n.id = device;
	struct vault_key key = vault_key_of(&n);
	err_t e = shown->get(shown->ctx, vault_key_span(&key), &value);
	if (!e)
		e = record_decode(buf_span(&value), &r);
	if (e)
		return e;
	const struct group_node *g = group_find(group_all(&r), 2);
	if (!g || g->class != GROUP_VALUE || !g->bytes.len || g->bytes.len >= DEVICE_NAME)
		return ERR_NOTFOUND;
	memcpy(ret, g->bytes.p, g->bytes.len);
	ret[g->bytes.len] = 0;
	return ERR_OK;
}

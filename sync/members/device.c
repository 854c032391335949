/* SPDX-License-Identifier: MIT */
#include "sync/members/device.h"

#include "util/cleanup.h"
#include "vault/changeset/operation.h"
#include "vault/join/group_encode.h"
#include "vault/join/group_decode.h"
#include "vault/join/vault_key.h"

#include <string.h>

static err_t say(struct draft *d, struct id device, struct span name, struct stamp at)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	cleanup(buf_free) struct buf value = BUF_INIT;
	struct vault_name n = { .kind = SHARED_DEVICE };
	n.id = device;
	struct vault_key key = vault_key_of(&n);
	group_value(&r, 2, at, name);
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
	err_t e = say(&o.draft, device, name, changeset_tick(c));
	if (!e)
		e = operation_apply(&o, b);
	operation_end(&o);
	return e;
}

err_t device_name(const struct changeset *c, struct id device, char ret[DEVICE_NAME])
{
	cleanup(record_free) struct record r = RECORD_INIT;
	cleanup(buf_free) struct buf value = BUF_INIT;
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

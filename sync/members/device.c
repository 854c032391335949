/* SPDX-License-Identifier: MIT */
#include "sync/members/device.h"

#include "util/cleanup.h"
#include "vault/join/group_encode.h"
#include "vault/join/vault_key.h"

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
	put_mix(&r, says->mix);
	group_value(&r, 2, at, says->name);
	err_t e = record_encode(&r, &value);
	return e ? e : draft_put(d, vault_key_span(&key), buf_span(&value));
}

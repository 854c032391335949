/* SPDX-License-Identifier: MIT */
#include "sync/members/statement_record.h"

#include "util/cleanup.h"
#include "vault/join/group_decode.h"
#include "vault/join/group_encode.h"
#include "vault/join/vault_key.h"

err_t statement_record_put(struct records *to, struct hash hash, struct span bytes)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	cleanup(buf_free) struct buf value = BUF_INIT;
	const struct vault_name n = { .kind = SHARED_STATEMENT, .hash = hash };
	struct vault_key key = vault_key_of(&n);
	group_value(&r, 1, STAMP_ZERO, bytes);
	err_t e = record_encode(&r, &value);
	return e ? e : records_put(to, vault_key_span(&key), buf_span(&value));
}

err_t statement_record_get(struct span value, struct record *r, struct span *ret)
{
	err_t e = record_decode(value, r);
	const struct group_node *g = e ? NULL : group_find(group_all(r), 1);
	if (!e && (!g || g->class != GROUP_VALUE))
		e = ERR_DAMAGED;
	if (!e)
		*ret = g->bytes;
	return e;
}

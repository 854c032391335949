/* SPDX-License-Identifier: MIT */
#include "sync/members/who.h"

#include "sync/core/state.h"
#include "sync/core/stream.h"
#include "util/cleanup.h"
#include "vault/changeset/published.h"
#include "vault/join/group_decode.h"
#include "vault/join/signer.h"
#include "vault/join/vault_key.h"

err_t who_name(struct map *m, uint64_t stream, struct buf *out)
{
	cleanup(buf_wipe_free) struct buf value = BUF_INIT;
	cleanup(record_free) struct record r = RECORD_INIT;
	const struct view v = published_view(m);
	struct vault_name n = { .kind = SHARED_DEVICE };
	struct stream st;
	err_t e = stream_find(m, stream, &st);
	if (!e)
		n.id = st.device;
	struct vault_key key = vault_key_of(&n);
	if (!e)
		e = v.get(v.ctx, vault_key_span(&key), &value);
	if (!e)
		e = record_decode(buf_span(&value), &r);
	if (e)
		return e;
	const struct group_node *name = group_find(group_all(&r), 2);
	if (!name || name->class != GROUP_VALUE || !signer_name_ok(name->bytes))
		return ERR_NOTFOUND;
	buf_put(out, name->bytes.p, name->bytes.len);
	return buf_ok(out);
}

/* SPDX-License-Identifier: MIT */
#include "sync/members/who2.h"

#include "sync/core/state.h"
#include "sync/core/stream2.h"
#include "util/cleanup.h"
#include "vault/changeset/published.h"
#include "vault/join/group_decode.h"
#include "vault/join/signer.h"
#include "vault/join/vault_key.h"

struct search {
	uint64_t number;
	bool found;
	struct id device;
};

static int visit(void *ctx, struct span key, struct span value)
{
	struct search *s = ctx;
	struct stream st = { 0 };
	uint64_t number;
	(void)key;
	if (!value.p)
		return ERR_DAMAGED;
	err_t e = state_stream_decode(value, &st);
	if (!e)
		e = stream2_number(st.id, &number);
	if (e || number != s->number)
		return (int)e;
	s->device = st.device;
	s->found = true;
	return MAP_STOP;
}

static err_t device_of(struct map *m, uint64_t stream, struct id *ret)
{
	struct search s = { .number = stream };
	err_t e = map_scan(m, MAP_STATE, span_str(STATE_STREAM), span_str(STATE_STREAM), visit, &s);
	if (!e && !s.found)
		e = ERR_NOTFOUND;
	if (!e)
		*ret = s.device;
	return e;
}

err_t who2_name(struct map *m, uint64_t stream, struct buf *out)
{
	cleanup(buf_free) struct buf value = BUF_INIT;
	cleanup(record_free) struct record r = RECORD_INIT;
	const struct view v = published_view(m);
	struct vault_name n = { .kind = SHARED_DEVICE };
	err_t e = device_of(m, stream, &n.id);
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

/* SPDX-License-Identifier: MIT */
#include "vault/windows/plain.h"

#include "util/cleanup.h"
#include "vault/join/group_decode.h"
#include "vault/join/group_encode.h"

#define GROUP_PLAIN 1

err_t plain_get(const struct view *v, struct span key, struct buf *raw, struct span *ret)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	err_t e = v->get(v->ctx, key, raw);
	if (!e)
		e = record_decode(buf_span(raw), &r);
	if (e)
		return e;
	const struct group_node *g = group_find(group_all(&r), GROUP_PLAIN);
	if (!g || g->class != GROUP_VALUE || stamp_cmp(g->stamp, STAMP_ZERO))
		return ERR_DAMAGED;
	*ret = g->bytes;
	return ERR_OK;
}

err_t plain_put(struct records *out, struct span key, struct span bytes)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	cleanup(buf_wipe_free) struct buf value = BUF_INIT;
	group_value(&r, GROUP_PLAIN, STAMP_ZERO, bytes);
	err_t e = r.failed ? ERR_NOMEM : record_encode(&r, &value);
	return e ? e : records_put(out, key, buf_span(&value));
}

/* SPDX-License-Identifier: MIT */
#include "sync/publish/own_get2.h"

#include "sync/core/sync_struct.h"
#include "vault/objects/commit2.h"

err_t own_get2(struct sync *s, const struct object2_place *at, struct buf *ret_contents)
{
	cleanup(buf_free) struct buf body = BUF_INIT;
	struct hash hash;
	uint8_t sig[SIG_LEN];
	err_t e = store_get_sync(s->c.store, at->name, 0, 0, OBJECT2_MAX, &body);
	if (!e)
		e = object2_open(at, buf_span(&body), ret_contents, &hash, sig);
	if (!e)
		e = object2_verify(streams_find(s, s->c.stream)->key, hash, sig);
	return sync_unproved(e) ? ERR_NOTFOUND : e;
}

err_t own_get2_is(struct sync *s, struct span contents, uint64_t n, bool *ret)
{
	cleanup(commit2_free) struct commit2 c = { 0 };
	err_t e = commit2_decode(contents, &c);
	*ret = !e && c.stream == streams_find(s, s->c.stream)->number && c.n == n;
	return sync_unproved(e) ? ERR_OK : e;
}

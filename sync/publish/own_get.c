/* SPDX-License-Identifier: MIT */
#include "sync/publish/own_get.h"

#include "sync/core/sync_struct.h"
#include "vault/objects/commit.h"

err_t own_get(struct sync *s, const struct object_place *at, struct buf *ret_contents)
{
	cleanup(buf_free) struct buf body = BUF_INIT;
	struct hash hash;
	uint8_t sig[SIG_LEN];
	err_t e = store_get_sync(s->c.store, at->name, 0, 0, OBJECT_MAX, &body);
	if (!e)
		e = opened_get(&s->opened, at, buf_span(&body), ret_contents, &hash, sig);
	if (!e)
		e = object_verify(streams_find(s, s->stream)->key, hash, sig);
	return sync_unproved(e) ? ERR_NOTFOUND : e;
}

err_t own_get_is(struct sync *s, struct span contents, uint64_t n, bool *ret)
{
	cleanup(commit_free) struct commit c = { 0 };
	err_t e = commit_decode(contents, &c);
	*ret = !e && c.stream == streams_find(s, s->stream)->number && c.n == n;
	return sync_unproved(e) ? ERR_OK : e;
}

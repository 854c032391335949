/* SPDX-License-Identifier: MIT
 * Value: length of the access ACL(u32) ACL, then the inode (core/inode_value.h).
 */
#include "fs/core/nameless.h"

#include "fs/core/fs_state.h"
#include "fs/core/inode_value.h"

err_t nameless_inode(struct fs *fs, const struct change *t, uint64_t ino, struct inode *ret, struct buf *raw)
{
	struct rkey k = key_ino(REC_UNLINKED, ino);
	err_t e = change_local(fs, t, rkey_span(&k), raw);
	if (e)
		return e;
	struct rd r = RD(buf_span(raw));
	size_t n = rd_u32(&r);
	struct span acl = { rd_bytes(&r, n), n };
	if (r.bad)
		return ERR_DAMAGED;
	e = inode_value_decode(SPAN(r.p, r.left), ret);
	if (!e)
		ret->acl = acl;
	return e;
}

void nameless_put(struct change *t, const struct inode *in)
{
	cleanup(buf_free) struct buf value = BUF_INIT;
	struct rkey k = key_ino(REC_UNLINKED, in->ino);
	buf_u32(&value, (uint32_t)in->acl.len);
	buf_put(&value, in->acl.p, in->acl.len);
	inode_value_encode(in, &value);
	err_t e = buf_ok(&value);
	if (e)
		change_fail(t, e);
	else
		change_local_put(t, rkey_span(&k), buf_span(&value));
}

static int note_key(void *ctx, struct span key, struct span value)
{
	(void)value;
	return (int)records_gone(ctx, key);
}

static err_t drop(struct change *t, struct rkey prefix)
{
	cleanup(records_free) struct records found = RECORDS_INIT;
	err_t e = map_scan(t->fs->cfg.map, MAP_RECORDS, rkey_span(&prefix), rkey_span(&prefix), note_key, &found);
	for (size_t i = 0; !e && i < found.n; i++)
		change_local_del(t, records_key(found.v[i]));
	return e;
}

err_t nameless_drop(struct change *t, uint64_t ino)
{
	return drop(t, key_ino(REC_UNLINKED, ino));
}

err_t nameless_drop_all(struct change *t)
{
	return drop(t, key_kind(REC_UNLINKED));
}

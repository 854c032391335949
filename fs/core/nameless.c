/* SPDX-License-Identifier: MIT
 * Value: length of the access ACL(u32) ACL form(u8) stamp of the version(lamport, stream, n: u64 each), then the inode
 * (core/inode_value.h); of one block its id stands for the content id. Or AGAIN_LEN bytes: the number (u64) of the file
 * that it is now.
 */
#include "fs/core/nameless.h"

#include "fs/core/fs_state.h"
#include "fs/core/inode_value.h"

#define AGAIN_LEN 8u

err_t nameless_again(struct fs *fs, const struct change *t, uint64_t ino, uint64_t *ret)
{
	cleanup(buf_free) struct buf raw = BUF_INIT;
	struct rkey k = key_ino(REC_UNLINKED, ino);
	err_t e = change_local(fs, t, rkey_span(&k), &raw);
	if (e || raw.len != AGAIN_LEN)
		return e ? e : ERR_NOTFOUND;
	struct rd r = RD(buf_span(&raw));
	*ret = rd_u64(&r);
	return ERR_OK;
}

void nameless_again_put(struct change *t, uint64_t ino, uint64_t now)
{
	cleanup(buf_free) struct buf value = BUF_INIT;
	struct rkey k = key_ino(REC_UNLINKED, ino);
	buf_u64(&value, now);
	err_t e = buf_ok(&value);
	if (e)
		change_fail(t, e);
	else
		change_local_put(t, rkey_span(&k), buf_span(&value));
}

/* rd_stamp: one after the other: within one initialiser they would be read in any order. */
static struct stamp rd_stamp(struct rd *r)
{
	struct stamp s;
	s.lamport = rd_u64(r);
	s.stream = rd_u64(r);
	s.n = rd_u64(r);
	return s;
}

err_t nameless_inode(struct fs *fs, const struct change *t, uint64_t ino, struct inode *ret, struct buf *raw)
{
	struct rkey k = key_ino(REC_UNLINKED, ino);
	err_t e = change_local(fs, t, rkey_span(&k), raw);
	if (e)
		return e;
	struct rd r = RD(buf_span(raw));
	size_t n = rd_u32(&r);
	struct span acl = { rd_bytes(&r, n), n };
	uint8_t form = rd_u8(&r);
	struct stamp written = rd_stamp(&r);
	if (r.bad || form > CONTENTS_ID)
		return ERR_DAMAGED;
	e = inode_value_decode(SPAN(r.p, r.left), ret);
	if (e)
		return e;
	ret->acl = acl;
	ret->form = (enum contents)form;
	ret->written = written;
	if (form == CONTENTS_BLOCK) {
		ret->block = ret->content;
		ret->content = ID_ZERO;
	}
	return ERR_OK;
}

void nameless_put(struct change *t, const struct inode *in)
{
	cleanup(buf_free) struct buf value = BUF_INIT;
	struct rkey k = key_ino(REC_UNLINKED, in->ino);
	buf_u32(&value, (uint32_t)in->acl.len);
	buf_put(&value, in->acl.p, in->acl.len);
	buf_u8(&value, (uint8_t)in->form);
	buf_u64(&value, in->written.lamport);
	buf_u64(&value, in->written.stream);
	buf_u64(&value, in->written.n);
	struct inode plain = *in;
	if (in->form == CONTENTS_BLOCK)
		plain.content = in->block;
	inode_value_encode(&plain, &value);
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

err_t nameless_drop(struct change *t, uint64_t ino)
{
	cleanup(records_free) struct records found = RECORDS_INIT;
	struct rkey prefix = key_ino(REC_UNLINKED, ino);
	err_t e = map_scan(t->fs->cfg.map, MAP_RECORDS, rkey_span(&prefix), rkey_span(&prefix), note_key, &found);
	for (size_t i = 0; !e && i < found.n; i++)
		change_local_del(t, records_key(found.v[i]));
	return e;
}

static int add_number(void *ctx, struct span key, struct span value)
{
	uint64_t ino;
	(void)value;
	if (key_parse_ino(key, REC_UNLINKED, &ino)) /* else an xattr of one */
		buf_put(ctx, &ino, sizeof(ino));
	return 0;
}

err_t nameless_list(struct fs *fs, struct buf *ret)
{
	struct rkey k = key_kind(REC_UNLINKED);
	err_t e = map_scan(fs->cfg.map, MAP_RECORDS, rkey_span(&k), rkey_span(&k), add_number, ret);
	return e ? e : buf_ok(ret);
}

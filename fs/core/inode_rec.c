/* SPDX-License-Identifier: MIT
 * The inode record. Optional fields (rdev, version, content, file key) are there only when not zero, told by a flag
 * byte, so that each value has one encoding.
 */
#include "fs/core/inode_rec.h"

#include "vault/records/codec.h"
#include "vault/records/extents.h"

#include <string.h>
#include <sys/stat.h>

enum { HAS_RDEV = 1, HAS_VERSION = 2, HAS_CONTENT = 4, HAS_KEY = 8 };

static uint8_t inode_flags(const struct inode_rec *in)
{
	unsigned f = 0;
	f |= in->rdev ? HAS_RDEV : 0;
	f |= id_is_zero(in->version) ? 0 : HAS_VERSION;
	f |= id_is_zero(in->content) ? 0 : HAS_CONTENT;
	f |= bytes_zero(in->file_key, 32) ? 0 : HAS_KEY;
	return (uint8_t)f;
}

static bool inline_ok(const struct inode_rec *in, uint8_t flags)
{
	struct span d = in->inline_data;
	if (S_ISREG(in->mode))
		return d.len <= FILE_INLINE_MAX && d.len <= in->size && !(d.len && flags & HAS_CONTENT);
	if (S_ISLNK(in->mode))
		return d.len >= 1 && d.len <= SYMLINK_MAX && !memchr(d.p, 0, d.len);
	return d.len == 0;
}

static bool type_ok(uint32_t mode)
{
	return S_ISREG(mode) || S_ISDIR(mode) || S_ISLNK(mode) || S_ISCHR(mode) || S_ISBLK(mode) || S_ISFIFO(mode) ||
	       S_ISSOCK(mode);
}

/* inode_ok: the rules that hold whatever the bytes say; used by both directions. */
static bool inode_ok(const struct inode_rec *in, uint8_t flags)
{
	const struct timestamp *t[] = { &in->atime, &in->mtime, &in->ctime, &in->btime };
	for (size_t i = 0; i < 4; i++)
		if (t[i]->nsec >= 1000000000)
			return false;
	if (in->ino == 0 || in->mode & ~(uint32_t)(S_IFMT | 07777) || !type_ok(in->mode) || in->size > FILE_SIZE_MAX)
		return false;
	if (flags & HAS_RDEV && !S_ISCHR(in->mode) && !S_ISBLK(in->mode))
		return false;
	if (flags & (HAS_CONTENT | HAS_KEY) && !S_ISREG(in->mode))
		return false;
	return inline_ok(in, flags);
}

static void put_stamp(struct buf *out, const struct timestamp *t)
{
	buf_u64(out, (uint64_t)t->sec);
	buf_u32(out, t->nsec);
}

void inode_rec_encode(const struct inode_rec *in, struct buf *out)
{
	uint8_t flags = inode_flags(in);
	if (!record_begin(out, inode_ok(in, flags)))
		return;
	buf_u8(out, flags);
	buf_u64(out, in->ino);
	buf_id(out, in->birth);
	buf_u32(out, in->mode);
	buf_u32(out, in->uid);
	buf_u32(out, in->gid);
	buf_u64(out, in->size);
	put_stamp(out, &in->atime);
	put_stamp(out, &in->mtime);
	put_stamp(out, &in->ctime);
	put_stamp(out, &in->btime);
	if (flags & HAS_RDEV)
		buf_u64(out, in->rdev);
	if (flags & HAS_VERSION)
		buf_id(out, in->version);
	if (flags & HAS_CONTENT)
		buf_id(out, in->content);
	if (flags & HAS_KEY)
		buf_put(out, in->file_key, 32);
	buf_put(out, in->inline_data.p, in->inline_data.len);
}

static void get_stamp(struct rd *r, struct timestamp *t)
{
	t->sec = (int64_t)rd_u64(r);
	t->nsec = rd_u32(r);
}

static void get_fixed(struct rd *r, struct inode_rec *in)
{
	in->ino = rd_u64(r);
	in->birth = rd_id(r);
	in->mode = rd_u32(r);
	in->uid = rd_u32(r);
	in->gid = rd_u32(r);
	in->size = rd_u64(r);
	get_stamp(r, &in->atime);
	get_stamp(r, &in->mtime);
	get_stamp(r, &in->ctime);
	get_stamp(r, &in->btime);
}

err_t inode_rec_decode(struct span value, struct inode_rec *ret)
{
	struct rd r = RD(value);
	struct inode_rec in = { 0 };
	err_t e = record_open(&r);
	if (e)
		return e;
	uint8_t flags = rd_u8(&r);
	get_fixed(&r, &in);
	if (flags & HAS_RDEV)
		in.rdev = rd_u64(&r);
	if (flags & HAS_VERSION)
		in.version = rd_id(&r);
	if (flags & HAS_CONTENT)
		in.content = rd_id(&r);
	if (flags & HAS_KEY)
		rd_copy(&r, in.file_key, 32);
	in.inline_data = SPAN(r.p, r.left);
	if (!r.bad && flags == inode_flags(&in) && inode_ok(&in, flags))
		*ret = in;
	else
		e = ERR_DAMAGED;
	explicit_bzero(in.file_key, sizeof(in.file_key));
	return e;
}

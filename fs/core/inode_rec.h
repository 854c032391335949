/* SPDX-License-Identifier: MIT
 * A value of REC_UNLINKED: what a file without a name is, but for its names and the extents of its contents.
 *
 *   head   version(u8: 1) flags(u8) inode(u64, not 0) birth id(16) mode(u32: type and the 12 permission bits) uid(u32)
 *          gid(u32) size(u64); atime mtime ctime btime: seconds(i64) nanoseconds(u32) each
 *   flags  each says that this follows, and is not zero: 1 rdev(u64; devices only), 2 version id(16), 4 content id(16;
 *          regular files only), 8 file key(32; regular files only)
 *   rest   of a regular file without content id its first bytes (at most 1,024, and its size; what follows up to its
 *          size is zero), of a symlink its target (1..4,095 bytes without NUL), else nothing
 */
#pragma once

#include "crypto/crypto.h"
#include "vault/records/kinds.h"

#define FILE_INLINE_MAX 1024  /* bytes of a regular file that stand in its inode */
#define SYMLINK_MAX 4095      /* bytes of a symlink's target */
#define OWNER_SELF UINT32_MAX /* uid or gid of the symbolic vault owner */

struct timestamp { /* wall clock, since 1970 */
	int64_t sec;
	uint32_t nsec;
};
struct inode_rec {
	uint64_t ino;
	struct id birth;     /* who this file is, whatever its number */
	uint32_t mode;       /* type and permissions */
	uint32_t uid, gid;   /* OWNER_SELF: the vault's owner */
	uint64_t rdev, size; /* size in bytes */
	struct timestamp atime, mtime, ctime, btime;
	struct id version;       /* content-version id: drawn anew by every change of size, key or extents */
	struct id content;       /* regular files over FILE_INLINE_MAX: where the extents are; all zero: none yet */
	uint8_t file_key[32];    /* regular files */
	struct span inline_data; /* contents of a small file, or a symlink's target; inside the decoded buffer */
};
/* inode_rec_encode: appends the value; marks `out` failed when `in` is not a valid inode. */
void inode_rec_encode(const struct inode_rec *in, struct buf *out);
/* inode_rec_decode: inline_data points into `value`. ERR_DAMAGED, ERR_VERSION. */
MUST_CHECK err_t inode_rec_decode(struct span value, struct inode_rec *ret);

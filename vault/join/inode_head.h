/* SPDX-License-Identifier: MIT
 * What a file is, and its attributes. The groups of INODE:
 *
 *   1 identity  VALUE, zero stamp: birth id(16) type(u8: S_IFMT >> 12)
 *   2 place     of the first link: place.h; there but for the root
 *   3 mode, 4 uid, 5 gid, 6 rdev, 7 mtime, 8 times: VALUE: attr.h; each there or not
 *   10 contents VERSION: the greatest live version: version.h
 * Types: regular 8, directory 4, symlink 10, character device 2, block device 6, FIFO 1, socket 12.
 * Of two files of one number the greater birth id wins.
 */
#pragma once

#include "vault/join/group.h"

#define GROUP_IDENTITY 1
#define GROUP_ATTR 3 /* of ATTR_MODE; the others follow */

/* inode_head_read: of the groups of INODE. Without identity type is 0. `odd`: known.h. `ret` is the caller's to free.
 * ERR_NOMEM. */
MUST_CHECK err_t inode_head_read(struct nodes list, uint64_t ino, struct inode_head *ret, bool *odd);
/* inode_identity_read: birth id and type alone; none: as they were. */
void inode_identity_read(struct nodes list, struct inode_head *h, bool *odd);
/* inode_head_check: the same of what inode_head_read would read, attributes among it, which it leaves out. */
void inode_head_check(struct nodes list, struct inode_head *h, bool *odd);
void inode_head_free(struct inode_head *h);
/* inode_head_write: identity, unless the type is 0, and the attributes that are there. `r` is empty. Where something
 * comes between: inode_identity_write and inode_attrs_write. */
void inode_head_write(struct record *r, const struct inode_head *h);
void inode_identity_write(struct record *r, const struct inode_head *h);
void inode_attrs_write(struct record *r, const struct inode_head *h);

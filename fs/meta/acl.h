/* SPDX-License-Identifier: MIT
 * POSIX ACLs, in the kernel's xattr format (version(4) then tag(2) perm(2) id(4) an entry, little-endian), kept as the
 * xattrs system.posix_acl_access and _default, of which the first is a part of the inode (in->acl). The kernel
 * enforces them; mode and ACL are kept in step here.
 */
#pragma once

#include "fs/core/inode.h"

#define ACL_ACCESS "system.posix_acl_access"
#define ACL_DEFAULT "system.posix_acl_default"
/* acl_inherit: a new inode in `dir`: umask, or the directory's default ACL. Changes in->mode and its access ACL.
 * ret_default: the default ACL that a new directory gets, or nothing. */
int acl_inherit(struct change *t, uint64_t dir, mode_t umask, struct inode *in, struct buf *ret_default);
/* acl_chmod: after in->mode changed: the access ACL follows. */
int acl_chmod(struct change *t, struct inode *in);
/* acl_set_access: the access ACL of an inode that is stored later; the flags are setxattr's. acl_clear_access: ENODATA.
 * acl_access: ENODATA. */
int acl_set_access(struct change *t, struct inode *in, struct span value, int flags);
int acl_clear_access(struct inode *in);
int acl_access(const struct inode *in, struct buf *out);
/* acl_check: EINVAL unless a well-formed ACL. */
int acl_check(struct span value);
/* acl_mode: permission bits of an access ACL into *mode; *ret_minimal: it says no more than the mode does. */
int acl_mode(struct span value, uint32_t *mode, bool *ret_minimal);

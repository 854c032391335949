/* SPDX-License-Identifier: MIT
 * What an operation says of an inode: the groups that differ, with one stamp.
 */
#pragma once

#include "fs/core/inode.h"
#include "vault/act/contents.h"

/* say_inode: it is `after` and was `before`. Of what has no name: on this device. */
MUST_CHECK err_t say_inode(struct change *t, const struct inode *before, const struct inode *after);

/* What is said of attributes: lives where it is. */
struct said_attrs {
	struct act_attr v[ATTR_GROUPS];
	struct buf bytes[ATTR_GROUPS];
	struct act_attrs attrs;
};
/* say_attrs: where `after` differs from `before`; NULL: all of a new inode. said_attrs_free: on failure too. */
MUST_CHECK err_t say_attrs(const struct inode *before, const struct inode *after, struct said_attrs *ret);
void said_attrs_free(struct said_attrs *s);
/* say_contents: what a version says of it; `payload` is the caller's to free. */
MUST_CHECK err_t say_contents(struct fs *fs, const struct inode *in, struct buf *payload, struct act_contents *ret);

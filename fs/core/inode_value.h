/* SPDX-License-Identifier: MIT
 * An inode as bytes: of what has no name (nameless.h).
 */
#pragma once

#include "fs/core/inode.h"

/* inode_value_decode: ret->inline_data points into `value`; there is no ACL in it. ERR_DAMAGED, ERR_VERSION. */
MUST_CHECK err_t inode_value_decode(struct span value, struct inode *ret);
/* inode_value_encode: appends; marks `out` failed when `in` is not a valid inode. */
void inode_value_encode(const struct inode *in, struct buf *out);

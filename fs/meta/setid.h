/* SPDX-License-Identifier: MIT
 * When set-id bits go.
 */
#pragma once

#include "fs/core/inode.h"

/* setid_kill: what a change of owner, contents or size by others does to a program. */
void setid_kill(struct inode *in);
/* setid_outsider: a change of owner or ACL by somebody who is not in the file's group `gid` takes its set-gid bit. */
void setid_outsider(struct fs *fs, const struct fs_caller *who, struct inode *in, uint32_t gid);

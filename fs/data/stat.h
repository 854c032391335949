/* SPDX-License-Identifier: MIT
 * What stat(2) says of an inode.
 */
#pragma once

#include "fs/core/inode.h"

#include <sys/stat.h>

void inode_stat(struct fs *fs, const struct inode *in, const struct inode_counts *counts, struct stat *st);
/* inode_getstat: with its record and counts looked up. Under the namespace lock. */
int inode_getstat(struct fs *fs, uint64_t ino, struct stat *st);

/* SPDX-License-Identifier: MIT
 * What stat(2) says of an inode.
 */
#pragma once

#include "fs/core/inode.h"

#include <sys/stat.h>

void inode_stat(struct fs *fs, const struct inode *in, const struct inode_counts *counts, struct stat *st);
/* inode_stat_shown: with its counts looked up; inode_getstat: its record, too. Under the namespace lock. */
int inode_stat_shown(struct fs *fs, const struct inode *in, struct stat *st);
int inode_getstat(struct fs *fs, uint64_t ino, struct stat *st);

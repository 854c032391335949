/* SPDX-License-Identifier: MIT */
#pragma once

#include "fs/core/config.h"

#include <sys/stat.h>

/* fs_lookup: `st` comes with a lookup reference that fs_forget returns. */
int fs_lookup(struct fs *fs, uint64_t dir, const char *name, struct stat *st);
/* fs_forget: the kernel gives `nlookup` references back. */
void fs_forget(struct fs *fs, uint64_t ino, uint64_t nlookup);
int fs_readlink(struct fs *fs, uint64_t ino, struct buf *out);

/* SPDX-License-Identifier: MIT */
#pragma once

#include "fs/core/config.h"

#include <sys/stat.h>

/* fs_link: one more name; `st` comes with a lookup reference that fs_forget returns. */
int fs_link(struct fs *fs, uint64_t ino, uint64_t dir, const char *name, struct stat *st);

/* SPDX-License-Identifier: MIT
 * rename(2), plain, RENAME_NOREPLACE and RENAME_EXCHANGE: one set, so no other operation sees a state between.
 */
#pragma once

#include "fs/core/config.h"

int fs_rename(struct fs *fs, uint64_t dir, const char *name, uint64_t to_dir, const char *to_name, unsigned flags);

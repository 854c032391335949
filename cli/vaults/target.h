/* SPDX-License-Identifier: MIT
 * From what a person types (a vault's name, or a path inside a mounted one) to the vault.
 */
#pragma once

#include "cli/vaults/vaults.h"

/* target_open: the vault that a person means by NAME, or by a path inside its mount. On failure prints and returns an
 * exit code. */
int target_open(const char *name_or_path, struct vault_dir *ret);
/* target_path: the same for something inside a mounted vault, and its inode number. A name that is no path there means
 * all of that vault. */
int target_path(const char *name_or_path, struct vault_dir *ret, uint64_t *ret_ino);
/* target_is_path: not a vault's name here, so a path is meant. */
bool target_is_path(const char *name_or_path);

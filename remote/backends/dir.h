/* SPDX-License-Identifier: MIT
 * A store in a directory.
 */
#pragma once

#include "remote/store.h"

/* store_dir_open: `path` is absolute (ERR_INVAL otherwise); nothing is touched yet. */
MUST_CHECK err_t store_dir_open(const char *path, struct store **ret, struct why *why);

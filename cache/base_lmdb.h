/* SPDX-License-Identifier: MIT
 * The base in LMDB.
 */
#pragma once

#include "cache/base.h"

/* base_lmdb_open: data.mdb in `dir`, which nobody else has open; the table of readers is in memory. */
MUST_CHECK err_t base_lmdb_open(const char *dir, uint64_t size_max, struct base **ret, struct why *why);

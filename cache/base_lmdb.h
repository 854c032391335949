/* SPDX-License-Identifier: MIT
 * The base in LMDB.
 */
#pragma once

#include "cache/base.h"

/* In the order of enum map_table, then ours; "tree" holds MAP_RECORDS: the name on disk since the first version. */
#define BASE_LMDB_TABLES                                                                                               \
	{                                                                                                              \
		"tree", "block", "queue", "state", "meta"                                                              \
	}
/* base_lmdb_open: data.mdb in `dir`, which nobody else has open; the table of readers is in memory. */
MUST_CHECK err_t base_lmdb_open(const char *dir, uint64_t size_max, struct base **ret, struct why *why);

/* SPDX-License-Identifier: MIT
 * What the headers of the map share: its tables, its limits, and the callbacks of more than one of them.
 */
#pragma once

#include "util/buf.h"

enum map_table {
	MAP_RECORDS, /* records of the vault (shared) and derived ones (local) */
	MAP_BLOCK,   /* block id (16) -> sealed block bytes, kept as they are (they are ciphertext already) */
	MAP_QUEUE,   /* what waits for upload */
	MAP_STATE,   /* this device's own state */
	MAP_TABLES
};
#define MAP_LOCAL 0x80 /* first key byte of MAP_RECORDS at or over this: local record, never published */
#define MAP_KEY_MAX 256
#define MAP_VALUE_MAX (16u << 20)

struct map;
struct map_txn; /* direct access to the base inside one durable transaction */
typedef err_t (*map_txn_fn)(struct map_txn *x, void *ctx);
/* What a visitor answers: 0 goes on, MAP_STOP ends with ERR_OK, an err_t ends with that. */
#define MAP_STOP (-1)
typedef int (*map_visit)(void *ctx, struct span key, struct span value);

/* SPDX-License-Identifier: MIT
 * Lists of stream positions as heads and manifests hold them: ascending by stream, each stream once.
 */
#pragma once

#include "crypto/crypto.h"
#include "vault/records/kinds.h"

struct stream_pos {
	struct id stream;
	uint64_t n;
	struct hash hash;
};
#define STREAMS_MAX 4096
#define POSITION_LEN (ID_LEN + 8 + HASH_LEN)
/* positions_put: count and entries, sorted here. ERR_INVAL: a stream twice, or too many. */
MUST_CHECK err_t positions_put(struct buf *out, const struct stream_pos *list, size_t n);
/* positions_count: reads the count and checks it against what is left. positions_get: n entries, order checked. */
bool positions_count(struct rd *r, size_t *n);
bool positions_get(struct rd *r, struct stream_pos *list, size_t n);

/* SPDX-License-Identifier: MIT
 * Plaintext of a checkpoint's manifest. docs/format1.md, "Checkpoint".
 */
#pragma once

#include "vault/objects/positions.h"

#define MANIFEST_CHUNKS_MAX (1u << 20)
struct chunk_ref {
	struct id id;
	struct hash hash;
	uint64_t size; /* of the object */
};
struct manifest { /* the whole map as of one commit */
	uint64_t height;
	struct hash tip;
	struct hash digest;
	uint64_t records;
	struct stream_pos *at; /* every stream's position at that commit */
	size_t nat;
	struct chunk_ref *chunks;
	size_t nchunks;
};
/* manifest_encode: appends, the positions in stream order. ERR_INVAL: what the format cannot hold. */
MUST_CHECK err_t manifest_encode(const struct manifest *m, struct buf *out);
/* manifest_decode: pure but for the memory: allocates `at` and `chunks`; release with manifest_free. ERR_DAMAGED,
 * ERR_VERSION. */
MUST_CHECK err_t manifest_decode(struct span plain, struct manifest *ret);
void manifest_free(struct manifest *m);

/* SPDX-License-Identifier: MIT
 * Plaintext of a checkpoint's manifest. docs/format.md, "Checkpoint".
 */
#pragma once

#include "vault/objects/applied.h"
#include "vault/objects/extensions.h"

#define MANIFEST_CHUNKS_MAX (1u << 20)
#define MANIFEST_CHUNK_MAX (9u << 20) /* bytes of an object */

struct behind { /* the vv of the commit at `applied` number `of` has n of the stream at number `what`; ascending by both
	         */
	uint32_t of, what;
	uint64_t n; /* less than `applied` says; 0: nothing */
};
struct chunk {
	struct id id;
	struct hash hash;
	uint64_t size; /* of the object */
};
struct manifest { /* spans of the extensions point into what it was decoded from */
	uint64_t stream, lamport, rules;
	struct hash digest, tree; /* tree: zero: not computed */
	uint64_t records;
	struct applied applied;
	struct behind *behind;
	size_t behind_n, behind_cap;
	struct chunk *chunks;
	size_t chunks_n, chunks_cap;
	struct extensions extensions;
};
void manifest_free(struct manifest *m);
/* manifest_encode: appends; ERR_INVAL: what the format cannot hold. manifest_decode: pure; `ret` is the caller's to
 * free. ERR_DAMAGED, ERR_VERSION, ERR_NOMEM. */
MUST_CHECK err_t manifest_encode(const struct manifest *m, struct buf *out);
MUST_CHECK err_t manifest_decode(struct span plain, struct manifest *ret);

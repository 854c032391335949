/* SPDX-License-Identifier: MIT
 * Plaintext of a checkpoint's manifest. docs/format.md, "Checkpoint".
 */
#pragma once

#include "vault/objects/applied2.h"
#include "vault/objects/extensions2.h"

#define MANIFEST2_CHUNKS_MAX (1u << 20)
#define MANIFEST2_CHUNK_MAX (9u << 20) /* bytes of an object */

struct behind { /* the vv of the commit at `applied` number `of` has n of the stream at number `what`; ascending by both
	         */
	uint32_t of, what;
	uint64_t n; /* less than `applied` says; 0: nothing */
};
struct chunk2 {
	struct id id;
	struct hash hash;
	uint64_t size; /* of the object */
};
struct manifest2 { /* spans of the extensions point into what it was decoded from */
	uint64_t stream, lamport, rules;
	struct hash digest, tree; /* tree: zero: not computed */
	uint64_t records;
	struct applied applied;
	struct behind *behind;
	size_t behind_n, behind_cap;
	struct chunk2 *chunks;
	size_t chunks_n, chunks_cap;
	struct extensions extensions;
};
void manifest2_free(struct manifest2 *m);
/* manifest2_encode: appends; ERR_INVAL: what the format cannot hold. manifest2_decode: pure; `ret` is the caller's to
 * free. ERR_DAMAGED, ERR_VERSION, ERR_NOMEM. */
MUST_CHECK err_t manifest2_encode(const struct manifest2 *m, struct buf *out);
MUST_CHECK err_t manifest2_decode(struct span plain, struct manifest2 *ret);

/* SPDX-License-Identifier: MIT
 * Plaintext of one part of a commit (docs/format.md, "Commit"): encode, and decode as a pure function. What a commit
 * must be beside its bytes: commit_check.h.
 */
#pragma once

#include "vault/objects/extensions.h"
#include "vault/objects/vv.h"

#define COMMIT_MAX ((size_t)7 << 20) /* bytes of a part */
#define COMMIT_PARTS_MAX 65536

struct key_list { /* ascending, of 1..255 bytes */
	struct span *v;
	size_t n, cap;
};
struct commit {               /* spans point into what it was decoded from */
	uint64_t stream, n;   /* not 0 */
	uint32_t part, parts; /* 0-based; only the last (part + 1 == parts) has what follows up to `extensions` */
	struct hash previous; /* hash of the stream's commit n - 1; zero only of the first */
	int64_t time;         /* ns since 1970 */
	uint64_t lamport;
	struct id nonce; /* of the changeset */
	uint64_t rules;
	struct vv vv;             /* entries that changed since commit n - 1 */
	struct hash digest, tree; /* tree: zero: not computed */
	bool has_checkpoint;
	struct id manifest;
	struct hash manifest_hash;
	struct span start, recipients; /* both empty: begins no epoch; else as epoch_form.h has them */
	struct key_list purge;
	const uint8_t *part_hashes; /* parts - 1 times HASH_LEN */
	struct extensions extensions;
	struct span pack; /* as pack_read has it */
};
static inline bool commit_is_last(const struct commit *c)
{
	return c->part + 1 == c->parts;
}
void commit_free(struct commit *c);
/* commit_encode: appends. ERR_INVAL: what the format cannot hold; ERR_LIMIT: over COMMIT_MAX; ERR_NOMEM. */
MUST_CHECK err_t commit_encode(const struct commit *c, struct buf *out);
/* commit_decode: also the form of the pack. `ret` is the caller's to free. ERR_DAMAGED, ERR_VERSION, ERR_NOMEM. */
MUST_CHECK err_t commit_decode(struct span plain, struct commit *ret);

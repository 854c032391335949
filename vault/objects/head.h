/* SPDX-License-Identifier: MIT
 * Plaintext of a head: what one stream says of itself and of what it has applied. docs/format.md, "Head".
 */
#pragma once

#include "vault/objects/applied.h"
#include "vault/objects/extensions.h"

#define HEAD_SETTLED 1 /* flag: no changes here that are unpublished */

struct head { /* spans of the extensions point into what it was decoded from */
	uint64_t stream, counter;
	int64_t time; /* ns since 1970 */
	uint64_t features;
	uint8_t flags;
	uint64_t rules, lamport;
	struct applied applied;
	struct hash digest, tree; /* tree: zero: not computed */
	bool has_checkpoint;
	struct id manifest;
	struct hash manifest_hash;
	uint32_t manifest_epoch; /* not 0 */
	struct hash manifest_epoch_id;
	struct extensions extensions;
};
void head_free(struct head *h);
/* head_encode: appends; ERR_INVAL: what the format cannot hold. head_decode: pure; `ret` is the caller's to free.
 * ERR_DAMAGED, ERR_VERSION, ERR_NOMEM. */
MUST_CHECK err_t head_encode(const struct head *h, struct buf *out);
MUST_CHECK err_t head_decode(struct span plain, struct head *ret);

/* SPDX-License-Identifier: MIT
 * Plaintext of one part of a commit: encode, and decode as a pure function. docs/format1.md, "Commit".
 */
#pragma once

#include "crypto/crypto.h"
#include "vault/records/kinds.h"

#define COMMIT_PART_MAX (8u << 20)  /* compressed and sealed bytes of one part */
#define COMMIT_PLAIN_MAX (7u << 20) /* encoded bytes of one part, for which sealing always stays in COMMIT_PART_MAX */
#define PARENTS_MAX 64              /* orphans merged by one commit */
#define PARTS_MAX 65536
struct commit { /* identity and effect; spans point into the decoded plaintext */
	struct id stream;
	uint64_t n;
	uint32_t epoch;
	uint32_t part, parts; /* 0-based; only the last (part + 1 == parts) has what follows up to `time` */
	struct hash parent;   /* hash of the parent's last part; zero for the first commit of the vault */
	uint64_t height;
	int64_t time;           /* wall ns */
	struct hash digest;     /* of the resulting map */
	const uint8_t *orphans; /* norphans * HASH_LEN: merged losers */
	uint32_t norphans;
	const uint8_t *part_hashes; /* (parts - 1) * HASH_LEN */
	struct hash manifest;       /* zero, or hash of the checkpoint manifest announced here */
	struct id manifest_id;      /* its object name */
	struct span new_epoch;      /* empty, or what starts a new epoch: an epoch_start */
	struct span changes;        /* puts and deletes; statements are the REC_STATEMENT records among them */
};
/* commit_encode: ERR_INVAL for what the format cannot hold (changes out of order or of local kinds included). */
MUST_CHECK err_t commit_encode(const struct commit *c, struct buf *out);
/* commit_decode: checks the changes as well (changes_check). */
MUST_CHECK err_t commit_decode(struct span plain, struct commit *ret);

/* SPDX-License-Identifier: MIT
 * Plaintexts of commits, heads and checkpoint manifests: encode, and decode as pure functions. docs/format.md.
 */
#pragma once

#include "vault/object.h"

#define COMMIT_PART_MAX (8u << 20) /* compressed and sealed bytes of one part */
#define PARENTS_MAX 64             /* orphans merged by one commit */
struct commit {                    /* identity and effect; spans point into the decoded plaintext */
	uint8_t stream[ID_LEN];
	uint64_t n;
	uint32_t epoch;
	uint32_t part, parts;     /* 0-based; only the last (part + 1 == parts) has what follows up to `time` */
	uint8_t parent[HASH_LEN]; /* hash of the parent's last part; zero for the first commit of the vault */
	uint64_t height;
	int64_t time;             /* wall ns */
	uint8_t digest[HASH_LEN]; /* of the resulting map */
	const uint8_t *orphans;   /* norphans * HASH_LEN: merged losers */
	uint32_t norphans;
	const uint8_t *part_hashes;  /* (parts - 1) * HASH_LEN */
	uint8_t manifest[HASH_LEN];  /* zero, or hash of the checkpoint manifest announced here */
	uint8_t manifest_id[ID_LEN]; /* its object name */
	struct span new_epoch;       /* empty, or what starts a new epoch (cause, sealed root); see format.md */
	struct span changes;         /* puts and deletes */
};
err_t commit_encode(const struct commit *c, struct buf *out) MUST_CHECK;
MUST_CHECK err_t commit_decode(struct span plain, struct commit *ret);
/* The changes of a commit or of a checkpoint chunk: key, then put value or delete, keys ascending, shared kinds only.
 */
void change_put(struct buf *out, struct span key, struct span value);
void change_del(struct buf *out, struct span key);
/* change_next: false at the end or when malformed (then r->bad). value->p == NULL: a delete. */
bool change_next(struct rd *r, struct span *key, struct span *value);

struct stream_pos {
	uint8_t stream[ID_LEN];
	uint64_t n;
	uint8_t hash[HASH_LEN];
};
#define STREAMS_MAX 4096
struct head {
	uint8_t stream[ID_LEN];
	uint64_t n; /* newest own commit */
	uint32_t epoch;
	uint8_t tip[HASH_LEN]; /* chain tip this device stands on */
	uint64_t height;
	int64_t time;               /* wall ns */
	uint64_t counter;           /* of this head: only ever grows */
	uint8_t manifest[HASH_LEN]; /* newest checkpoint known, or zero */
	uint8_t manifest_id[ID_LEN];
	uint32_t manifest_epoch;
	struct stream_pos *applied; /* newest n applied of every stream */
	size_t napplied;
};
MUST_CHECK err_t head_encode(const struct head *h, struct buf *out);
MUST_CHECK err_t head_decode(struct span plain, struct head *ret, struct stream_pos pos[], size_t max);

struct chunk_ref {
	uint8_t id[ID_LEN];
	uint8_t hash[HASH_LEN];
	uint64_t size; /* of the object */
};
struct manifest { /* the whole map as of one commit */
	uint64_t height;
	uint8_t tip[HASH_LEN];
	uint8_t digest[HASH_LEN];
	uint64_t records;
	struct stream_pos *at; /* every stream's position at that commit */
	size_t nat;
	struct chunk_ref *chunks;
	size_t nchunks;
};
MUST_CHECK err_t manifest_encode(const struct manifest *m, struct buf *out);
/* manifest_decode: allocates `at` and `chunks`; release with manifest_free. */
MUST_CHECK err_t manifest_decode(struct span plain, struct manifest *ret);
void manifest_free(struct manifest *m);

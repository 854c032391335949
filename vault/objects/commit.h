/* SPDX-License-Identifier: MIT
 * Plaintexts of commits, heads and checkpoint manifests: encode, and decode as pure functions. docs/format.md.
 */
#pragma once

#include "vault/objects/object.h"

#define COMMIT_PART_MAX (8u << 20)  /* compressed and sealed bytes of one part */
#define COMMIT_PLAIN_MAX (7u << 20) /* encoded bytes of one part, for which sealing always stays in COMMIT_PART_MAX */
#define PARENTS_MAX 64              /* orphans merged by one commit */
#define PARTS_MAX 65536
struct commit { /* identity and effect; spans point into the decoded plaintext */
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
	struct span new_epoch;       /* empty, or what starts a new epoch: an epoch_start */
	struct span changes;         /* puts and deletes; statements are the REC_STATEMENT records among them */
};
/* commit_encode: ERR_INVAL for what the format cannot hold (changes out of order or of local kinds included). */
MUST_CHECK err_t commit_encode(const struct commit *c, struct buf *out);
/* commit_decode: checks the changes as well (changes_check). */
MUST_CHECK err_t commit_decode(struct span plain, struct commit *ret);
/* The changes of a commit or of a checkpoint chunk: key, then put value or delete, keys ascending, shared kinds only.
 */
void change_put(struct buf *out, struct span key, struct span value);
void change_del(struct buf *out, struct span key);
/* change_next: false at the end or when malformed (then r->bad). value->p == NULL: a delete. */
bool change_next(struct rd *r, struct span *key, struct span *value);
/* changes_check: all of them: well-formed, keys strictly ascending, shared kinds. ERR_DAMAGED. For checkpoint chunks.
 */
MUST_CHECK err_t changes_check(struct span changes);
/* What starts an epoch: its cause (hash of the revocation, zero: none) and the new root, boxed for each member. A box
 * is recipient id(16) (slot or device) then box_seal of the 32-byte root. */
#define EPOCH_BOX_LEN (ID_LEN + BOX_LEN + 32)
#define EPOCH_BOXES_MAX 4096
struct epoch_start {
	uint8_t cause[HASH_LEN];
	const uint8_t *boxes; /* nboxes * EPOCH_BOX_LEN */
	size_t nboxes;
};
MUST_CHECK err_t epoch_start_encode(const struct epoch_start *s, struct buf *out);
MUST_CHECK err_t epoch_start_decode(struct span bytes, struct epoch_start *ret);
/* epoch_start_box: the sealed root for one recipient (BOX_LEN + 32 bytes); false: not among them. */
bool epoch_start_box(const struct epoch_start *s, const uint8_t recipient[ID_LEN], struct span *ret);

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
/* head_encode, manifest_encode: put the positions in stream order. head_decode: ERR_LIMIT when there are over `max`. */
MUST_CHECK err_t head_encode(const struct head *h, struct buf *out);
MUST_CHECK err_t head_decode(struct span plain, struct head *ret, struct stream_pos pos[], size_t max);

#define CHUNKS_MAX (1u << 20)
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

/* SPDX-License-Identifier: MIT
 * What the engine itself remembers across crashes (MAP_STATE), and its codec: pure, bounds-checked.
 */
#pragma once

#include "sync/core/ops.h"
#include "vault/objects/name.h"

#define STATE_TEXT 200
enum stopped { STOPPED_NOT, STOPPED_FORK = 2 /* bytes on disks */ };
struct announce { /* a checkpoint's manifest */
	struct hash hash;
	struct id id;
	uint32_t epoch; /* 0: none */
};
struct state {                 /* "sync.main": state_form.h */
	uint64_t n, confirmed; /* own newest commit: made, and on the store */
	uint64_t sequence;     /* next of the queue */
	struct id nonce;       /* of the changeset that will be commit n + 1 */
	struct hash said;      /* digest that commit n says */
	struct lthash digest;  /* of what is published; a record of its own */
	uint32_t mailbox_epoch;
	uint64_t mailbox; /* next place to probe */
	uint64_t head_counter;
	uint64_t chain_bytes, checkpoint_bytes; /* of commits since the last checkpoint; of that checkpoint */
	uint64_t building;                      /* first sequence of a checkpoint being made, 0: none */
	struct announce announced;              /* newest checkpoint of ours */
	enum stopped stopped;
	char text[STATE_TEXT + 1]; /* why */
};
struct stream_pos { /* of a stream its commit n, */
	struct id stream;
	uint64_t n;
	struct hash hash; /* and that commit's */
};
struct stream { /* "sync.stream." id */
	struct id id, device;
	struct hash hash; /* stream hash (stream.h) */
	uint8_t key[32];
	struct stream_pos seen, applied; /* verified; applied here */
	uint64_t covered;                /* up to this n, a checkpoint of ours has it */
	uint32_t epoch;                  /* of the newest seen */
	uint64_t head_counter;
	bool closed;
	int64_t time; /* wall ns: of its newest commit or head that is known here, by its device's clock; 0: none */
	uint64_t closed_at;      /* nothing after this n counts, */
	struct hash closed_hash; /* and n itself only with this hash */
	uint64_t claimed;        /* memory only: n in its newest head */
	struct id claim;         /* memory only: first half of that commit's hash */
	struct id claimant;      /* memory only: whose device said so */
	uint64_t lost;           /* memory only: the n that was named as lost, so that it is named once */
	uint64_t newer;          /* memory only: the n that newer software made, which is not applied here */
	uint64_t older;          /* memory only: which of its older commits is looked for next (publish/audit.c) */
	uint64_t number;         /* memory only: follows from `hash` */
	bool copied;             /* memory only: what counts behind its cut is under its hashes (pull/copies.h) */
};
void state_stream_encode(const struct stream *s, struct buf *out);
MUST_CHECK err_t state_stream_decode(struct span value, struct stream *ret);

/* Puts of those records, as parts of a transaction. */
#define STATE_MAIN "sync.main"
#define STATE_STATEMENT "sync.statement."
#define STATE_STREAM "sync.stream."
#define STATE_CHECKPOINT "sync.ckpt."
void state_put(struct ops *o, const struct state *st);
void state_put_stream(struct ops *o, const struct stream *s);

/* SPDX-License-Identifier: MIT
 * What the engine itself remembers across crashes (MAP_STATE), and its codec: pure, bounds-checked.
 */
#pragma once

#include "sync/core/ops.h"
#include "vault/objects/objects.h"

#define STATE_TEXT 200
enum stopped { STOPPED_NOT, STOPPED_RACE, STOPPED_FORK };
struct announce { /* a checkpoint's manifest */
	struct hash hash;
	struct id id;
	uint32_t epoch; /* 0: none */
	uint64_t height;
};
struct state { /* "sync.main"; of format 2: state2.h */
	enum vault_format format;
	uint64_t n, confirmed; /* own newest commit: made, and on the store */
	struct hash tip, base;
	uint64_t height;
	uint64_t sequence;                      /* next of the queue */
	uint64_t uncommitted, uncommitted_last; /* closed changesets without a commit yet (others' commits may lie
	                                           between), 0: none */
	uint64_t forgotten;                     /* undo changesets up to this one are gone */
	struct lthash digest;                   /* of the map at the tip */
	uint32_t mailbox_epoch;
	uint64_t mailbox; /* next place to probe */
	bool roster_due;  /* own records ("sync.roster") are in no commit yet */
	uint64_t head_counter;
	uint64_t chain_bytes, checkpoint_bytes; /* of commits since the last checkpoint; of that checkpoint */
	uint64_t building;                      /* first sequence of a checkpoint being made, 0: none */
	struct announce announce;               /* made, in no commit yet */
	struct announce announced;              /* newest on the chain */
	uint64_t announced_n;                   /* own commit that announces it, 0: not ours or confirmed */
	enum stopped stopped;
	char text[STATE_TEXT + 1]; /* why */
	/* format 2 alone; it has no tip, base, height, uncommitted, forgotten and roster_due */
	struct id nonce;  /* of the changeset that will be commit n + 1 */
	struct hash said; /* digest that commit n says */
};
struct stream { /* "sync.stream." id */
	struct id id, device;
	uint8_t key[32];
	struct stream_pos seen, applied; /* verified; on the chain to our tip */
	uint64_t covered;                /* up to this n, a checkpoint of ours has it */
	uint32_t epoch;                  /* of the newest seen */
	uint64_t head_counter, head_height;
	struct hash head_tip;
	bool closed;
	uint64_t closed_at;      /* nothing after this n counts, */
	struct hash closed_hash; /* and n itself only with this hash */
	uint64_t alarmed;        /* memory only: counter + 1 of the last head that went back */
	uint64_t claimed;        /* memory only: n in its newest head */
	struct id claim;         /* memory only, format 2: first half of that commit's hash */
	struct id claimant;      /* memory only, format 2: whose device said so */
	uint64_t lost;           /* memory only: the n that was named as lost, so that it is named once */
	struct hash hash;        /* memory only, format 2: stream hash (stream2.h), */
	uint64_t number;         /* and number */
};
struct commit_record { /* one verified commit, as it is remembered */
	struct hash hash, parent;
	struct id stream;
	uint64_t n, height;
	uint32_t epoch, parts;
	uint64_t changeset;         /* undo changeset it became here; 0: not applied, or no longer in the journal */
	uint64_t bytes;             /* of its objects */
	struct stream_pos previous; /* its stream's position before it was applied */
	struct hash merged;         /* the applied commit that merged this one, which lost; zero: none */
	bool applied;               /* on the chain from the base to our tip */
	bool own;
	bool manifest; /* it announces a checkpoint */
};
struct join { /* "sync.join": our statement, until it is on the chain */
	uint32_t epoch;
	uint64_t place;
	bool done;
	struct span statement; /* inside the buffer */
};
/* state_encode: of either format; state_decode: format 1 (state2.h has the other). */
void state_encode(const struct state *st, struct buf *out);
MUST_CHECK err_t state_decode(struct span value, struct state *ret);
void state_stream_encode(const struct stream *s, struct buf *out);
MUST_CHECK err_t state_stream_decode(struct span value, struct stream *ret);
void state_commit_encode(const struct commit_record *n, struct buf *out);
MUST_CHECK err_t state_commit_decode(struct span value, struct commit_record *ret);
void state_join_encode(const struct join *j, struct buf *out);
MUST_CHECK err_t state_join_decode(struct span value, struct join *ret);

/* Puts of those records, as parts of a transaction. */
#define STATE_HEADER "sync.header"
#define STATE_JOIN "sync.join"
#define STATE_ROSTER "sync.roster"
#define STATE_MAIN "sync.main"
#define STATE_STATEMENT "sync.statement."
#define STATE_EPOCH "sync.epoch."
#define STATE_STREAM "sync.stream."
#define STATE_COMMIT "sync.node." /* as format 1 has it on disk */
#define STATE_CHECKPOINT "sync.ckpt."
void state_put(struct ops *o, const struct state *st);
void state_put_stream(struct ops *o, const struct stream *s);
void state_put_commit(struct ops *o, const struct commit_record *n);
void state_del_commit(struct ops *o, const struct commit_record *n);

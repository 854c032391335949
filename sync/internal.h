/* SPDX-License-Identifier: MIT
 * The engine's inside, shared by the files of sync/. One round at a time: everything in struct sync not marked
 * otherwise belongs to the holder of `work`. `lock` is a leaf: nothing is called under it.
 */
#pragma once

#include "sync/queue.h"
#include "sync/state.h"
#include "sync/sync.h"
#include "util/cleanup.h"
#include "util/log.h"

#include <string.h>

#define CHANGES_MAX (6u << 20)     /* plaintext changes of one commit part or checkpoint chunk, at most */
#define PULLED_MAX (64u << 20)     /* plaintext of commits held between verifying and applying */
#define JOURNAL_MAX (64u << 20)    /* undo bytes over which confirmed entries are forgotten, final or not */
#define PUTS_MAX 4                 /* parallel uploads */
#define GROUP_PARTS_MAX 256        /* parts of one commit that a reader accepts */
#define HEAD_PERIOD (5 * NS_PER_S) /* own head: at most this often, unless someone waits */

struct pulled { /* a verified commit with its changes, until it is applied */
	struct pulled *next;
	uint8_t hash[HASH_LEN], digest[HASH_LEN];
	struct announce manifest;
	struct buf *plain; /* one a part */
	uint32_t parts;
	size_t bytes;
};
/* Alarms that end: what the store showed damaged, or lacked. */
enum passing_kind { PASSING_NONE, PASSING_COMMIT, PASSING_LACKS, PASSING_APPLY, PASSING_HEAD, PASSING_PLACE };
struct passing_key {
	enum passing_kind kind;
	uint8_t id[ID_LEN]; /* of the stream, or what else tells them apart */
	uint64_t n;
};
static inline struct passing_key passing_key(enum passing_kind kind, const uint8_t id[ID_LEN], uint64_t n)
{
	struct passing_key k = { .kind = kind, .n = n };
	memcpy(k.id, id, ID_LEN);
	return k;
}
#define PASSING_MAX 8 /* what is beyond that stays */
struct passing {
	struct passing_key key;
	char text[STATE_TEXT + 1];
};

struct sync {
	struct sync_config c;
	struct header *header;
	pthread_mutex_t work;
	struct state st;
	struct node *nodes;
	size_t nnodes, nodes_cap;
	struct stream *streams;
	size_t nstreams, streams_cap;
	struct queue queue;
	struct pulled *pulled;
	size_t pulled_bytes;
	bool checkpoint_wanted;            /* whatever its size: the store lost commits */
	uint64_t checkpoints;              /* announced since sync_open */
	bool own_checked;                  /* the store holds nothing of our stream that we did not write */
	uint64_t finality_n;               /* own newest commit when finality was looked at last */
	bool head_due;                     /* our position is newer than the head on the store */
	bool members_due;                  /* streams were added since the statements were read last, or nothing was */
	bool swept;                        /* all places were looked at since the start, or since asked */
	int64_t sweep_time;                /* mono ns of the last time */
	uint64_t mailbox_turn;             /* which passed place is looked at next */
	size_t claimed_streams;            /* the most that any head counted */
	size_t unknown_now, unknown_swept; /* streams in others' heads that are not known: now, at the last sweep */
	uint8_t unknown[ID_LEN], unknown_named[ID_LEN]; /* the last of them; the one that was named */
	int64_t head_time, heads_read_time, pull_time;  /* mono ns; 0: never */
	pthread_mutex_t lock;
	pthread_cond_t wake;                 /* a wake, stop, a PUT answered, a round done; monotonic clock */
	struct sync_status status;           /* under lock */
	char alarm[STATE_TEXT + 1];          /* under lock: newest thing that did not verify; it stays */
	struct passing passing[PASSING_MAX]; /* under lock */
	uint64_t wanted, served;             /* under lock: sync_wait's rounds, asked for and done */
	err_t served_error;                  /* under lock: how the last served round ended */
	bool started, stopping, woken;       /* under lock */
	bool stopped;                        /* under lock: by sync_stop, until the next sync_start */
	int64_t changed_at;                  /* under lock: mono ns of the last wake */
	pthread_t thread;
};

/* --- state of the engine (common.c, nodes.c) --- */
MUST_CHECK err_t sync_load(struct sync *s);
void sync_alarm(struct sync *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* sync_passing: an alarm that ends by sync_passed, once what the store showed damaged or lacked is whole; said once.
 * It hides no other and is hidden by none that stays. */
void sync_passing(struct sync *s, const struct passing_key *k, const char *fmt, ...)
        __attribute__((format(printf, 3, 4)));
void sync_passed(struct sync *s, const struct passing_key *k);
const char *sync_alarm_text(const struct sync *s); /* lock held; what status shows, "" for none */
void sync_phase_set(struct sync *s, enum sync_phase phase);
bool sync_stopping(struct sync *s);
void sync_mirror(struct sync *s, err_t e); /* what status shows after a round that ended with `e` */
/* sync_halt: publishing ends for good, persisted; returns the matching error. */
err_t sync_halt(struct sync *s, enum stopped why, const char *text);
struct node *nodes_find(struct sync *s, const uint8_t hash[HASH_LEN]);
bool nodes_reserve(struct sync *s);
void nodes_add(struct sync *s, const struct node *n); /* room reserved before */
void nodes_remove(struct sync *s, const uint8_t hash[HASH_LEN]);
bool streams_reserve(struct sync *s);
struct stream *streams_find(struct sync *s, const uint8_t id[ID_LEN]);
MUST_CHECK err_t streams_add(struct sync *s, const struct stream *st); /* persists it */
uint64_t sequence_next(struct state *st, enum queue_class class);

/* sync_unproved: an answer that means "these bytes prove nothing": they are ignored and named. */
static inline bool sync_unproved(err_t e)
{
	return e == ERR_DAMAGED || e == ERR_WRONGKEY || e == ERR_VERSION || e == ERR_LIMIT;
}

/* --- parts of a round --- */
MUST_CHECK err_t publish_finish(struct sync *s); /* the commit of what was cut, if anything was */
/* publish_cut: packs and cuts; publish_finish makes the commit. `bare`: without own records and announcements. */
MUST_CHECK err_t publish_cut(struct sync *s, bool bare);
MUST_CHECK err_t upload_run(struct sync *s);
MUST_CHECK err_t upload_repair(struct sync *s); /* own commits that the store lost are PUT again */
MUST_CHECK err_t pull_run(struct sync *s, bool *ret_news);
/* pull_commit: GETs and verifies commit n of a stream. ERR_NOTFOUND: not there; ERR_DAMAGED: named in the log. */
MUST_CHECK err_t pull_commit(struct sync *s, struct stream *st, uint64_t n, struct node *node, struct pulled **ret);
void pulled_free(struct pulled *p);
/* apply_choice: goes to the tip that the chain's rule chooses. */
MUST_CHECK err_t apply_choice(struct sync *s, bool *ret_moved);
/* member_statement: a statement from mailbox or map: verified, then its stream is known (or closed). */
MUST_CHECK err_t member_statement(struct sync *s, struct span bytes);
MUST_CHECK err_t member_read(struct sync *s); /* statements in the map and in commits seen */
/* member_seen: the statements among the changes of a commit that is not applied yet, or never will be. They count at
 * once: which history wins must not decide whose commits count. *ret_any: there were some. */
MUST_CHECK err_t member_seen(struct span changes, struct ops *o, bool *ret_any);
/* member_mailbox: new places of the mailbox, and one that was passed; all of them while `swept` is not set. */
MUST_CHECK err_t member_mailbox(struct sync *s);
/* member_claims: what a head just read says of streams; member_sweep_due: after all heads: some are unknown, and the
 * next member_mailbox looks at every place; member_unproved: after that: names one that is still unknown. */
void member_claims(struct sync *s, const struct head *h);
bool member_sweep_due(struct sync *s);
void member_unproved(struct sync *s);
MUST_CHECK err_t epoch_load(struct sync *s); /* roots in the map, and of epoch starts that were followed */
/* epoch_follow: the commit `n`, which is about to be applied, starts an epoch: its root is opened, kept, in the ring.
 */
MUST_CHECK err_t epoch_follow(struct sync *s, const struct node *n, struct span start);
MUST_CHECK err_t epoch_record(struct sync *s, struct ops *o); /* the newest root, if the map has no record of it */
MUST_CHECK err_t checkpoint_drop(struct sync *s);             /* what a crash left of an unfinished one */
/* checkpoint_due: `times` the bytes of commits are there that call for one. */
bool checkpoint_due(const struct sync *s, unsigned times);
MUST_CHECK err_t checkpoint_make(struct sync *s);
/* checkpoint_retire: the records of own checkpoints that will be pruned; checkpoint_prune: they leave the store. */
MUST_CHECK err_t checkpoint_retire(struct sync *s, struct ops *o);
MUST_CHECK err_t checkpoint_prune(struct sync *s);
MUST_CHECK err_t head_write(struct sync *s);
/* head_read: ERR_NOTFOUND: there is none. head_bad: names one that proves nothing, until it is read whole. */
MUST_CHECK err_t head_read(struct sync *s, const struct stream *st, struct head *ret, struct stream_pos at[],
                           size_t max);
void head_bad(struct sync *s, const struct stream *st);
/* head_check: reads the others' heads after a pull; commits that they count and another pull does not find are named.
 */
MUST_CHECK err_t head_check(struct sync *s, bool *ret_news);
MUST_CHECK err_t finality_run(struct sync *s);
/* join_keep: our statement stays in the mailbox until it is on the chain; `again`: it is looked at even then. */
MUST_CHECK err_t join_keep(struct sync *s, bool again);
/* standing_check: own commits that the store lost are PUT again; for those of others a checkpoint becomes due. */
MUST_CHECK err_t standing_check(struct sync *s);
/* standing_note: the base moves up to `height`: what a final checkpoint covers is remembered, before it is forgotten by
 * what it could be seen: put into `o`; NULL: in memory, once that is committed. */
void standing_note(struct sync *s, uint64_t height, struct ops *o);

/* SPDX-License-Identifier: MIT
 * The engine's inside, by owner. One round at a time: everything in struct sync not marked otherwise belongs to the
 * holder of `work`. `lock` is a leaf: nothing is called under it.
 */
#pragma once

#include "sync/core/alarm.h"
#include "sync/core/asked.h"
#include "sync/core/config.h"
#include "sync/core/given.h"
#include "sync/core/hashes.h"
#include "sync/core/lists.h"
#include "sync/core/opened.h"
#include "sync/core/people.h"
#include "sync/core/phase.h"
#include "sync/core/queue.h"
#include "sync/core/state.h"
#include "sync/core/recovery_state.h"
#include "sync/core/state_form.h"
#include "util/cleanup.h"
#include "util/log.h"

#include <string.h>

#define SYNC_RULES 1               /* rules version of this software: nothing raises it yet */
#define PUTS_MAX 4                 /* parallel uploads */
#define HEAD_PERIOD (5 * NS_PER_S) /* own head: at most this often, unless someone would miss it */

struct stream_list {
	struct stream *list;
	size_t n, cap;
};
struct checkpoint_need {
	bool wanted;        /* whatever its size: the store lost commits */
	uint64_t announced; /* since sync_open */
	uint64_t failed;    /* bytes of commits at which none could be made; 0: not so */
	err_t unsaid;       /* what the store failed with for something that the last audit asked for alone */
	uint64_t turn;      /* which object of the newest is looked for next (publish/audit.h) */
	int64_t looked;     /* mono ns of the last such look; 0: never, or again */
	int64_t branches;   /* likewise: when it was looked for ends of branches */
	int64_t older;      /* likewise, for older commits of others */
};
struct head_need {
	bool due;              /* our position is newer than the head on the store */
	bool missed;           /* who joins now would miss something by that one: a checkpoint that it does not name */
	int64_t written, read; /* ours, the others': mono ns; 0: never */
	bool unseen; /* of the others' some that was there before was not, or an older one, at the last reading */
};
struct mailbox_need {
	bool due;           /* streams were added since the statements were read last, or nothing was */
	bool swept;         /* all places were looked at since the start, or since asked */
	bool looked;        /* they were, and what is lost was not given back yet */
	int64_t sweep_time; /* mono ns of the last time */
	uint64_t turn;      /* which place that was read before is looked at next */
	uint64_t *ends;     /* of each epoch, by its place in the keyring: the first that was free at that look, */
	size_t ends_n;
	uint64_t ends_turn;  /* of which the next is looked at */
	bool known;          /* another's commit stands on ours: our own letter is needed no more */
	int64_t own_next;    /* mono ns: when that is tried again which the store did not take; 0: at once */
	struct hashes shown; /* statements that places showed since the last look at all began */
};
struct guide_need {
	int64_t next;   /* mono ns: when it is looked at again; 0: at once */
	size_t streams; /* that were known the last time */
	err_t refused;  /* why the store did not take it, or did not say; ERR_OK: it did */
	int64_t looked; /* mono ns of the last look */
};
struct own_looks {                /* publish/own.h */
	bool met;                 /* a commit of our stream is there that we did not make, */
	bool moved;               /* or may be: the state is not where it was (members/bound.h) */
	err_t repair;             /* why the store does not take again what it lost of it; ERR_OK: nothing is so */
	uint64_t refused;         /* sequence of that object; 0: none */
	uint64_t compared;        /* own newest commit that was found in its place behind its upload */
	int64_t place_time, time; /* mono ns of the last one at that place, at our head; 0: never */
	int64_t kept_time;        /* likewise, at those that are kept (publish/repair.h), */
	int64_t kept_asked;       /* and when somebody waited for that */
	err_t unasked;            /* why some of these could not be looked for */
};
struct unknown_streams {   /* in others' heads */
	size_t claimed;    /* the most that any head counted */
	size_t now, swept; /* not known: now, at the last sweep */
	struct id last;    /* of them */
	bool unproved;     /* the last sweep did not find that */
	struct hashes met; /* those that are looked for in their first commits (pull/stranger.h) */
	size_t turn;       /* heads that counted some: which of them are looked for next */
};
struct sync_waiters {            /* sync_wait's rounds */
	uint64_t wanted, served; /* asked for and done */
	err_t error;             /* how the last served round ended */
};
struct engine_life {
	pthread_t thread;
	bool started, stopping, woken;
	bool stopped;       /* by sync_stop, until the next sync_start */
	int64_t changed_at; /* mono ns of the last wake */
	int64_t due;        /* mono ns: when what is open is closed if nothing changes; 0: nothing is */
};
struct here_need {       /* members/vault_here.h */
	bool known;      /* the store's place is this vault's */
	bool refused;    /* it is not, */
	const char *why; /* in words */
	bool lacks;      /* likewise, or it does not take the header again */
	int64_t looked;  /* mono ns */
};
struct header_need {          /* members/header_keep.h */
	uint64_t due;         /* own commit behind whose upload it lacks something; 0: none */
	struct hash followed; /* of the one that the keeper has; zero: of none since the opening */
	struct id slot;       /* in force then */
};
struct contents_need {   /* publish/contents.h */
	int64_t suspect; /* wall seconds: what was not looked at since is due; 0: nothing */
	int64_t looked;  /* mono ns of the last turn; 0: never */
	int64_t asked;   /* likewise, of the last one that somebody waited for */
	err_t unasked;   /* why some could not be looked for in it */
	int64_t opened;  /* wall seconds */
};
struct put_trust { /* publish/read_back.h */
	unsigned since, good;
	unsigned every; /* 0: 1 */
};
struct lacking { /* saved_kept.h */
	unsigned lacks;
	uint64_t refused;
	unsigned need;
};
struct lacking_kept {
	struct lacking kept; /* in the map */
	unsigned before;     /* of it what was so before the opening, until all was looked at since */
};
struct saved_known {             /* saved.h; under lock */
	unsigned lacks;          /* behind the last round */
	bool closing;            /* a set was closed since */
	uint64_t objects, bytes; /* queued */
};
struct lack { /* incomplete.h */
	struct id stream;
	uint64_t from, to; /* the first commit that is not here, and that which is named; 0: the stream itself */
	struct id claim, claimant; /* as in struct stream */
	int64_t since;             /* wall seconds */
	bool lasts;
	bool waits; /* they are here, and stand on what was given up */
};
struct lacks {
	struct lack v[LACKS_MAX];
	size_t n;
	bool looked; /* since lost_look asked for it */
};
struct sync_shown {                /* under lock */
	uint64_t commits, streams; /* known after the last round */
	int64_t round_since;       /* mono ns: when the round that runs began, 0: none */
	int64_t queue_since;       /* mono ns: since when the queue is not empty, 0: it is */
};
struct roots_need {     /* of others (members/roots.h) */
	uint64_t of;    /* epochs and signers at the last look */
	int64_t since;  /* mono ns: that began then */
	bool looked;    /* it has come to its end */
	bool lack;      /* somebody lacked one */
	struct id *had; /* ascending: who was looked at, and has what is to be had */
	size_t had_n, had_cap;
};
struct vouch_need {    /* members/vouch.h */
	uint64_t of;   /* statements that were good when there was nobody */
	int64_t since; /* mono ns: that there may be somebody; 0: not since */
};
struct digest_known { /* digest_now.h */
	bool is;
	struct lthash of; /* compared whole */
	struct hash hash;
};
struct begun;
struct deliver;
struct statements;
struct sync {
	struct sync_config c;
	struct id device;              /* who we are: of c.members.mine, as the seed: */
	const struct key *seed;        /* signs commits and heads */
	struct id stream;              /* ours; zero: it has not begun */
	struct sync_attached at;       /* changes only while no round runs (sync_attach) */
	struct own_life own_life;      /* stream zero: the one that it was made with */
	struct deliver *deliver;       /* others' commits that wait, and branches */
	struct statements *statements; /* who is a member */
	struct begun *begun;           /* which epochs are */
	struct roots_need roots;
	struct vouch_need vouch;
	uint64_t lamport;       /* greatest that we gave or saw, at the last close and since */
	bool turned_back;       /* the last closed set was too large for one commit */
	struct removed removed; /* whether this device is one no more */
	bool answered;          /* who removed this device finds its answer (members/answer.h) */
	struct said_size unfit; /* what is open and fits in no commit; no keys: nothing is known to be so */
	pthread_mutex_t work;
	struct state st;
	struct stream_list streams;
	struct queue queue;
	struct checkpoint_need checkpoint;
	struct head_need heads;
	struct mailbox_need mailbox;
	struct guide_need guide;
	struct unknown_streams unknown;
	struct lacks lacks;
	struct givens givens;
	struct asked asked;
	bool own_checked;     /* the store holds nothing of our stream that we did not write */
	struct own_looks own; /* at our own stream, since then */
	struct here_need here;
	struct header_need header;
	struct contents_need contents;
	struct put_trust trust;
	struct lacking_kept lacking;
	_Atomic unsigned puts; /* under way; any thread may read it */

	pthread_mutex_t lock;
	pthread_cond_t wake;            /* a wake, stop, a PUT answered, a round done; monotonic clock */
	struct sync_status status;      /* under lock */
	struct sync_shown shown;        /* under lock */
	struct saved_known saved;       /* under lock */
	struct incomplete incomplete;   /* under lock */
	struct recovery_state recovery; /* under lock */
	struct alarms alarms;           /* under lock */
	struct roll roll;               /* under lock */
	struct sync_waiters waiters;    /* under lock */
	struct engine_life life;        /* under lock */

	pthread_mutex_t invites; /* what is kept of invitations (members/invite.h); taken inside `work` */

	struct digest_known digest; /* these two, as all above, belong to the holder of `work` */
	struct opened opened;       /* letters, heads, guides */
};

/* sync_unproved: an answer that means "these bytes prove nothing": they are ignored and named. */
static inline bool sync_unproved(err_t e)
{
	return e == ERR_DAMAGED || e == ERR_WRONGKEY || e == ERR_VERSION || e == ERR_LIMIT;
}

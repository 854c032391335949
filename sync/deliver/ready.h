/* SPDX-License-Identifier: MIT
 * The waiting room: commits that are here, and which of them may be applied. Pure.
 *
 * A commit is ready when its own n - 1 and all that its entries name, with these hashes, are applied; in which order
 * commits come does not matter. What stands on a refused commit is refused. Two commits of a stream under one n are
 * two branches: each is told by its hash, so the one waits for what it names and not for the other.
 *
 * There is room for so many bytes, and so many commits; what finds none is asked for again when what it lacks has come,
 * or there is room.
 * What is ready never wants room: who put a commit in takes the ready ones out (room_next) before the next.
 */
#pragma once

#include "sync/deliver/past.h"

#define ROOM_BYTES ((size_t)64 << 20)
#define ROOM_COMMITS ((size_t)16384) /* each is looked at when something was applied */

struct arrival { /* first member of what it stands for */
	struct arrival *next;
	struct position at;
	struct id previous;    /* zero if n is 1 */
	struct vv entries;     /* borrowed: whoever has it, has them */
	size_t bytes;          /* that it takes */
	struct position lacks; /* what it was last found to wait for; n is 0: nothing; itself: it is held */
};
struct turned { /* found no room */
	struct position at, lacks;
	size_t bytes;
};
struct room {
	struct arrival *first, **end; /* in order of arrival */
	size_t n, bytes;
	size_t max;            /* bytes; 0: ROOM_BYTES */
	size_t most;           /* commits; 0: ROOM_COMMITS */
	struct vv refused;     /* ascending; no limit */
	struct turned *turned; /* ascending by `at`; ROOM_COMMITS at most */
	size_t turned_n, turned_cap;
	void (*drop)(void *ctx, struct arrival *w); /* frees one that leaves without being applied */
	void *ctx;
};
/* room_free: drops all. room_drop: what waits of a stream: it is asked for again where it is wanted. */
void room_free(struct room *r);
void room_drop(struct room *r, uint64_t stream);
/* room_has: whether that commit waits here, or is refused. */
bool room_has(const struct room *r, struct position at);

/* room_turned: whether commit n of a stream, of that hash unless it is NULL, found no room, and would find none now: to
 * get it again is in vain. room_again: it may be another by now: all are asked for again. */
bool room_turned(const struct room *r, uint64_t stream, uint64_t n, const struct id *hash);
void room_again(struct room *r);

enum ready {
	READY_NOW,   /* it may be applied, and is still the caller's */
	READY_LATER, /* it waits here */
	READY_FULL,  /* it would wait, but there is no room: it is the caller's */
	READY_NEVER  /* it stands on what is refused, and so it is refused: it is the caller's */
};
/* room_put: one that is not here yet. What `past` fails with; ERR_NOMEM. */
MUST_CHECK err_t room_put(struct room *r, const struct past *past, struct arrival *w, enum ready *ret);
/* room_next: takes out one that has become ready: NULL: none. What stands on refused ones is dropped on the way. */
MUST_CHECK err_t room_next(struct room *r, const struct past *past, struct arrival **ret);
/* room_hold: what room_put or room_next gave out waits all the same, for what is no commit. false: there is no room: it
 * is the caller's. room_look_again: such ones are ready again; false: there are none; room_holds: whether. */
bool room_hold(struct room *r, struct arrival *w);
bool room_look_again(struct room *r);
bool room_holds(const struct room *r);
/* room_applied: to be said of each commit that was applied. room_refuse: from now on it is refused. ERR_NOMEM. */
void room_applied(struct room *r, struct position at);
MUST_CHECK err_t room_refuse(struct room *r, struct position at);

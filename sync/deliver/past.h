/* SPDX-License-Identifier: MIT
 * What is remembered of each commit that is applied, own ones too, and what follows from it: what a commit stands on.
 * Pure: where it is remembered is the caller's.
 *
 * Terms
 *   vv(C)    positions: all that C's author had applied when it closed the changeset, and C itself: vv of its n - 1,
 *            with the entries of C in place of those of the same streams, and C in place of its n - 1
 *   entries  what C says of it: those that changed since n - 1
 *   whole    remembered with all of vv(C), not with the entries alone: so that nobody has to go back far
 */
#pragma once

#include "vault/objects/vv.h"

#define PAST_WHOLE_EVERY 64 /* commits of a stream */

struct past_commit {
	struct id previous; /* first 16 bytes of the hash of n - 1; zero if n is 1 */
	uint64_t lamport, rules;
	bool bound;       /* its lamport is not known: it is at most that */
	uint32_t epoch;   /* greatest number begun in vv(C), at least 1; 0: nothing is known of this commit */
	bool epoch_bound; /* it is not known: it is at most that */
	uint32_t parts;   /* objects that it has; 0: not known */
	bool whole;
	struct vv vv; /* the entries, or all of vv(C) */
};
void past_commit_free(struct past_commit *p);
/* past_encode: appends; past_decode: `ret` is the caller's to free. ERR_DAMAGED, ERR_VERSION, ERR_NOMEM. */
MUST_CHECK err_t past_encode(const struct past_commit *p, struct buf *out);
MUST_CHECK err_t past_decode(struct span value, struct past_commit *ret);

struct past {
	/* ERR_NOTFOUND: not applied. `ret` is the caller's to free; NULL: only whether it is applied. Of a
	 * commit below what a checkpoint brought nothing is known: epoch is 0, lamport as much as it may be at most. */
	err_t (*find)(void *ctx, struct position p, struct past_commit *ret);
	void *ctx;
};
/* past_position: of a commit by its whole hash. */
struct position past_position(uint64_t stream, uint64_t n, struct hash hash);

/* Of a commit: what its bytes say of what it stands on. */
struct claim {
	struct position at;
	struct id previous; /* zero if n is 1 */
	const struct vv *entries;
	uint32_t parts; /* of its own; 0: not known */
};
struct past_basis {   /* of vv(C) but C */
	struct vv vv; /* of vv(C), with C */
	uint64_t lamport, rules;
	uint64_t lamport_most; /* of what nothing is known; at least `lamport` */
	uint32_t epoch;        /* at least 1 */
	uint32_t epoch_most;   /* of what nothing is known */
};
void past_basis_free(struct past_basis *b);
/* past_basis_of: of a commit all of whose causes are applied. ERR_NOTFOUND: they are not, or it cannot be known (its
 * branch parts from what a checkpoint brought); ERR_LIMIT: too many positions; what `past` fails with. */
MUST_CHECK err_t past_basis_of(const struct past *past, const struct claim *c, struct past_basis *ret);
/* past_leads: whether `from` is `to`, or an earlier commit of its branch; both are applied. */
MUST_CHECK err_t past_leads(const struct past *past, struct position from, struct position to, bool *ret);
/* past_vv: vv of an applied commit. Errors likewise. `ret` is the caller's to free. */
MUST_CHECK err_t past_vv(const struct past *past, struct position p, struct vv *ret);

/* SPDX-License-Identifier: MIT
 * The statements that are known here, and what follows from them: who is a member, and which streams there are
 * (vault/members).
 *
 * Terms
 *   set      all statements that were seen, whoever said them: in records of what is applied and of what this device
 *            says, in commits that wait or were refused, in the mailbox, in the guide
 *   good     docs/format.md, "Statements"; what is not good yet may become so by another
 *   kept     good ones that the mailbox showed and no record here has: MAP_STATE "sync.statement." hash
 *   checked  hashes of good ones, whose signatures need not be looked at again: MAP_STATE "sync.checked." hash
 *   forged   of ones whose signature is not their signer's: they are not in the set
 *   vain     good, and does not count now: of who was revoked, or was let in by such alone
 *
 * Invariants (docs/plan.md, "Keys")
 *   1. What is good in the set stays there. Roster and streams are made of all of it and are never stored: what was
 * good before stays so, and cuts are found anew.
 *   2. A stream that was known stays in the engine's list: what was taken before its cut became known stays.
 *   3. Who was revoked makes nobody hold more than so much: of what is not good at most STATEMENTS_IDLE stay, of what
 * is vain no more than STATEMENTS_VAIN come in, nor STATEMENTS_KEPT into the map, but for records, and for what others
 *      rest on. What finds no room is taken when it is met again.
 */
#pragma once

#include "sync/core/hashes.h"
#include "sync/core/ops.h"
#include "vault/members/roster.h"
#include "vault/members/roster_streams.h"

#define STATE_CHECKED "sync.checked."
#define STATEMENTS_IDLE 4096
#define STATEMENTS_VAIN 8192
#define STATEMENTS_KEPT 4096

struct statements {
	struct heard_set set;
	struct hashes seen;  /* of `set` */
	struct hashes here;  /* of these, those that this map has in a record, or keeps */
	struct hashes stray; /* of these, those that are to be kept once they are good */
	struct hashes checked, forged;
	struct hashes wanted; /* not seen, and others of the set rest on it: when no more vain ones come in */
	size_t vain, kept;
	bool dropped;       /* some that was not good: it may be in what is applied later */
	uint64_t applied;   /* commits, when the records were read last for that */
	bool stale;         /* the set has changed since roster and streams were made */
	struct heard *made; /* what these point into: `set` as it was then */
	struct roster roster;
	struct roster_streams streams;
};
void statements_freep(struct statements **t);

struct sync;
/* statements_open: s->statements out of the map, and statements_make. */
MUST_CHECK err_t statements_open(struct sync *s);
/* statements_records: those of the records that are published, say by a checkpoint. */
MUST_CHECK err_t statements_records(struct sync *s);
/* statements_add: one from elsewhere. statements_keep: one that the mailbox showed. What finds no room (3) is none of
 * the set. ERR_DAMAGED: it is none; ERR_NOMEM. */
MUST_CHECK err_t statements_add(struct sync *s, struct span bytes);
MUST_CHECK err_t statements_keep(struct sync *s, struct span bytes);
/* statements_visit: the STATEMENT among the records of a commit or a guide; a view_visit, `ctx` is a struct sync. */
MUST_CHECK err_t statements_visit(void *ctx, struct span key, struct span value);
/* statements_make: roster and streams, unless the set is as it was; then the engine's list of streams follows. What the
 * map fails with; ERR_NOMEM, ERR_CRYPTO. */
MUST_CHECK err_t statements_make(struct sync *s);
/* statements_if: what the roster would be if `bytes` were said as well; it is gone when `look` returns. ERR_DAMAGED: it
 * is no statement; what statements_make fails with. */
struct statements_look {
	void (*fn)(void *ctx, const struct roster *r);
	void *ctx;
};
MUST_CHECK err_t statements_if(struct sync *s, struct span bytes, const struct statements_look *look);
/* statements_end: of a signer: the good statement of it with the greatest number; ROSTER_NONE: it has none. */
size_t statements_end(const struct roster *r, struct id signer);
/* statements_rank: what a writer gives to whom `signer` lets in (docs/format.md, "Good"). */
uint32_t statements_rank(const struct roster *r, struct id signer);

/* SPDX-License-Identifier: MIT
 * Which epochs were begun, and under which one this device writes (docs/format.md, "Epochs").
 *
 * Terms
 *   start    what a commit carries that begins an epoch; it has no other records than those of members
 *   begun    an epoch whose start is in a commit that counts and is applied here, or in the checkpoint that was loaded
 *   covers   the newest begun epoch, of the REVOKEs that count and the SLOTs that took another's place
 *   due      it does not cover: nothing is sealed into a commit, head or checkpoint under it any more
 *   said     the epoch's EPOCH record, with start and root, is published or in the open set
 *
 * Of the epoch that a device writes under there is always one of these states. They are told by the roster, by the
 * begun ones ("sync.epoch." in the map), and by the records.
 *
 *   state       newest begun    its record       what this device does
 *   COVERED     covers          published        all as ever, under it
 *   UNSAID      covers          not published    says it: in the open set before the next close
 *   DUE         does not cover                   begins one before anything else is built
 *   REMOVED     -               -                nothing is written (removed.h)
 *
 *   COVERED, UNSAID --- a REVOKE counts: said here (revoke.c), or seen anywhere (statements.c) ---------------> DUE
 *   DUE --- the start's commit, one transaction: its exact bytes, n, the root (publish/begin.c) -----------> UNSAID
 *   DUE --- another's start that covers is applied, one batch: records, position, the root (starts.c) ------> UNSAID
 *   UNSAID --- the first commit under it carries the record; or another's does, and is applied ----------> COVERED
 *   COVERED, UNSAID --- another's start with a greater (number, id), that covers, is applied -------------> UNSAID
 *
 * Invariants (docs/plan.md, "Keys")
 *   1. Nothing is written under an epoch that is not begun: a root out of a header, an invitation, an object "root" or
 *      a record that nothing began is a claim, which is read with alone.
 *   2. The root is in the map before the start's commit is sent: they are one transaction.
 *   3. DUE is found again after a restart: the REVOKE is in the map, and what is begun is.
 *   4. Whoever has applied the same starts writes under the same epoch: the newest is the greatest (number, id).
 *   5. What is in the queue was sealed before, and is sent as it is; so is a block that was sealed before: of what was
 *      written before this device saw the revocation. Records that name it come under the new epoch.
 */
#pragma once

#include "sync/deliver/started.h"
#include "vault/join/epoch.h"
#include "vault/members/root_box.h"

#define STATE_EPOCH "sync.epoch." /* number(u64be) id(32) */

struct begun_epoch {
	uint32_t number;
	struct hash id;
	struct buf start;        /* of epoch 1: nothing */
	struct epoch_start what; /* points into it */
	bool direct;             /* the start's commit was applied here, so which it is, and who has a box, is known: */
	struct position at;      /* hash zero: kept before that was */
	struct id *boxed;        /* and its author */
	size_t boxed_n;
};
struct begun {
	struct begun_epoch *v;
	size_t n, cap;
	int64_t unsaid; /* mono ns: since when another's is not said; 0: none is */
	bool hurry;     /* one of ours is not said: no other device says it as soon */
	bool header;    /* the header on the store has none of it yet */
};
void begun_freep(struct begun **b);

struct sync;
/* begun_open: s->begun out of the map, and their roots into the keyring. */
MUST_CHECK err_t begun_open(struct sync *s);
/* begun_records: what the records of a checkpoint that was loaded say is begun, durably. */
MUST_CHECK err_t begun_records(struct sync *s);
/* begun_put: into the transaction or batch of the start's commit. begun_add: behind it, in memory and keyring. */
void begun_put(struct ops *o, const struct started *x);
MUST_CHECK err_t begun_add(struct sync *s, const struct started *x);
/* begun_has: whether that one is begun. begun_greatest: number of the newest. */
bool begun_has(const struct sync *s, uint32_t number, struct hash id);
uint32_t begun_greatest(const struct sync *s);
/* begun_due: the number of the epoch that this device has to begin; 0: none. ERR_LIMIT: none can be begun any more. */
MUST_CHECK err_t begun_due(const struct sync *s, uint32_t *ret);
/* begun_say: those that no record here has, into the open set; of another device's start `late`: only once that is a
 * minute old: mostly its own next commit brings it. begun_unsaid: there are some that are not published. */
MUST_CHECK err_t begun_say(struct sync *s, bool late);
MUST_CHECK err_t begun_unsaid(const struct sync *s, bool *ret);
/* begun_at: what binds boxes of the epoch `number`; `first` is the caller's to wipe, and lives as long. */
MUST_CHECK err_t begun_at(const struct sync *s, uint32_t number, struct key *first, struct root_box_at *ret);

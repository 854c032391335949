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
 *
 * Invariants (docs/plan.md, "Keys")
 *   1. The set only grows. Roster and streams are made of all of it and are never stored: what was good before stays
 *      so, and cuts are found anew.
 *   2. A stream that was known stays in the engine's list: what was taken before its cut became known stays.
 */
#pragma once

#include "sync/core/hashes.h"
#include "sync/core/ops.h"
#include "vault/members/roster.h"
#include "vault/members/roster_streams.h"

#define STATE_CHECKED "sync.checked."

struct statements {
	struct heard_set set;
	struct hashes seen;  /* of `set` */
	struct hashes here;  /* of these, those that this map has in a record, or keeps */
	struct hashes stray; /* of these, those that are to be kept once they are good */
	struct hashes checked;
	struct heard *made; /* what roster and streams point into: `set` as it was when they were made */
	size_t made_n;
	struct roster roster;
	struct roster_streams streams;
};
void statements_freep(struct statements **t);

struct sync;
/* statements_open: s->statements out of the map, and statements_make. */
MUST_CHECK err_t statements_open(struct sync *s);
/* statements_records: those of the records that are published, say by a checkpoint. */
MUST_CHECK err_t statements_records(struct sync *s);
/* statements_add: one from elsewhere. statements_keep: one that the mailbox showed. ERR_DAMAGED: it is none; ERR_NOMEM.
 */
MUST_CHECK err_t statements_add(struct sync *s, struct span bytes);
MUST_CHECK err_t statements_keep(struct sync *s, struct span bytes);
/* statements_visit: the STATEMENT among the records of a commit or a guide; a view_visit, `ctx` is a struct sync. */
MUST_CHECK err_t statements_visit(void *ctx, struct span key, struct span value);
/* statements_make: roster and streams, unless the set is as it was; then the engine's list of streams follows. What the
 * map fails with; ERR_NOMEM, ERR_CRYPTO. */
MUST_CHECK err_t statements_make(struct sync *s);
/* statements_end: of a signer: the good statement of it with the greatest number; ROSTER_NONE: it has none. */
size_t statements_end(const struct roster *r, struct id signer);
/* statements_rank: what a writer gives to whom `signer` lets in (docs/format.md, "Good"). */
uint32_t statements_rank(const struct roster *r, struct id signer);

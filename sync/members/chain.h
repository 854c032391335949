/* SPDX-License-Identifier: MIT
 * What this device said last, and saying the next: its statements are a chain, each with the next number and the hash
 * of the one before (docs/format.md, "Statements").
 *
 * Invariants (docs/plan.md, "Keys")
 *   1. A statement has its number once: the record in the open set and "sync.said" are one batch, so a crash leaves
 *      both or none. Who lost the batch says it again under the same number, with other bytes: so nothing leaves for
 *      the mailbox before the batch is durable, which chain_say waits for.
 *   2. What is said is in the open set, so the next commit of this device carries it.
 */
#pragma once

#include "sync/core/ops.h"
#include "vault/changeset/operation.h"
#include "vault/join/statement.h"
#include "vault/members/mine.h"

#define STATE_SAID "sync.said"

enum chain_letter { CHAIN_NO_LETTER, CHAIN_WANTED, CHAIN_PLACED }; /* bytes on disks */
struct chain {                                                     /* "sync.said" */
	uint64_t number;                                           /* 0: nothing was said */
	struct hash hash;
	enum chain_letter letter; /* of the mailbox, with what begins this device's stream (letter.h) */
	uint32_t epoch;           /* number: where that is, or from where on a place is looked for */
	uint64_t place;
};
/* chain_encode: appends. chain_decode: ERR_DAMAGED, ERR_VERSION. */
void chain_encode(const struct chain *c, struct buf *out);
MUST_CHECK err_t chain_decode(struct span value, struct chain *ret);
/* chain_get: what the map says; nothing was said: number 0. chain_put: as part of a batch or transaction. */
MUST_CHECK err_t chain_get(struct map *m, struct chain *ret);
void chain_put(struct ops *o, const struct chain *c);

struct chain_of { /* whose */
	const struct signer_mine *mine;
	struct hash genesis;
	int64_t time; /* s */
};
/* chain_next: `body` as the statement behind `at`, which then is it; its record is added to `ret`. ERR_INVAL: not a
 * body; ERR_NOMEM, ERR_CRYPTO. */
MUST_CHECK err_t chain_next(const struct chain_of *of, const struct statement *body, struct chain *at,
                            struct records *ret);
/* What goes with it, in the same batch; each may be NULL. */
struct chain_with {
	const struct records *said;                                     /* what chain_next gave */
	err_t (*more)(void *ctx, struct changeset *c, struct draft *d); /* further records */
	void *ctx;
	const struct ops *ops; /* of this device's own state */
};
/* chain_say: all of it into the open set, with `at`, as one batch, between two operations (the map's freeze hook), and
 * durable. Not under what the hook takes. What fails has said nothing; but ERR_IO, and what else map_sync fails with:
 * it is said, and not durable yet. */
MUST_CHECK err_t chain_say(struct changeset *c, const struct chain *at, const struct chain_with *with);

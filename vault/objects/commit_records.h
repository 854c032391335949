/* SPDX-License-Identifier: MIT
 * The records of a commit, all parts, one after another: what commit_check.h says of records, in the order of their
 * keys.
 */
#pragma once

#include "vault/join/signer.h"
#include "vault/objects/commit_check.h"
#include "vault/objects/pack.h"

struct newcomer { /* of a JOIN or SLOT: whose record must be there too */
	enum signer_kind kind;
	struct id id;
	struct hash mix, wrap; /* that its keys must hash to */
	bool has_mix, has_wrap;
};
struct commit_records {
	const struct commit *last;
	const struct commit_basis *basis;
	enum refusal why; /* the first that was met */
	uint64_t count;
	uint8_t key[PACK_KEY_MAX]; /* the last one */
	size_t key_len;
	uint64_t *inos; /* of each version */
	size_t inos_n, inos_cap;
	struct id *contents; /* of CONTENT, ascending */
	size_t contents_n, contents_cap;
	struct newcomer *newcomers;
	size_t newcomers_n, newcomers_cap;
	bool newcomers_sorted; /* by id: once all are there */
	bool has_incarnation;
	unsigned first;         /* of the first commit of a vault: what was met (commit_first.c) */
	struct hash commitment; /* likewise: what genesis says of its root */
};
void commit_records_free(struct commit_records *s);
/* commit_records_add: a view_visit; `ctx` is a struct commit_records. ERR_DAMAGED: refused: `why`. ERR_NOMEM,
 * ERR_CRYPTO. */
MUST_CHECK err_t commit_records_add(void *ctx, struct span key, struct span value);
/* commit_records_end: what can be said when all were there. */
enum refusal commit_records_end(struct commit_records *s);

/* SPDX-License-Identifier: MIT
 * Statements as they were read: by form and body right, of whom nothing is known yet.
 */
#pragma once

#include "vault/join/statement.h"

/* Spans point into `bytes`. */
struct heard {
	struct hash hash;
	struct span bytes;
	struct signer_said as;
	bool known;               /* the kind; else nothing below is there */
	struct id about;          /* JOIN, SLOT: who is let in; REVOKE: who is revoked */
	struct signer_new who;    /* JOIN, SLOT */
	struct id replaces;       /* SLOT; ID_ZERO: nothing */
	struct statement_pin pin; /* REVOKE: of whom it is about; SLOT: of what it replaces */
	struct hash confirmed;    /* CONFIRM */
	uint32_t rules;           /* RULES */
};
/* heard_read: `bytes` are kept, not copied. ERR_DAMAGED, ERR_NOMEM, ERR_CRYPTO. */
MUST_CHECK err_t heard_read(struct id vault, struct span bytes, struct heard *ret);
/* heard_ends: of an INCARNATION, REVOKE or CLOSE the ends of streams; of any other none. ERR_NOMEM. */
MUST_CHECK err_t heard_ends(const struct heard *s, struct stream_ends *ret);
/* heard_lets_in: whether it is a JOIN or SLOT. */
static inline bool heard_lets_in(const struct heard *s)
{
	return s->as.kind == SIGNER_JOIN || s->as.kind == SIGNER_SLOT;
}
/* heard_cmp: by signer, number, hash. */
int heard_cmp(const struct heard *a, const struct heard *b);

/* A set that owns the bytes. */
struct heard_set {
	struct id vault;
	struct heard *v;
	size_t n, cap;
};
void heard_set_free(struct heard_set *l);
/* heard_set_add: one statement, perhaps for the second time. Errors of heard_read. */
MUST_CHECK err_t heard_set_add(struct heard_set *l, struct span bytes);
/* heard_set_only: those that `keep` says stay; the others' bytes go. */
void heard_set_only(struct heard_set *l, bool (*keep)(void *ctx, const struct heard *s), void *ctx);

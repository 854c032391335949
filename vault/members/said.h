/* SPDX-License-Identifier: MIT
 * Statements as they were read: by form and body right, of whom nothing is known yet.
 */
#pragma once

#include "vault/join/statement2.h"

/* Spans point into `bytes`. */
struct said {
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
/* said_read: `bytes` are kept, not copied. ERR_DAMAGED, ERR_NOMEM, ERR_CRYPTO. */
MUST_CHECK err_t said_read(struct id vault, struct span bytes, struct said *ret);
/* said_ends: of an INCARNATION, REVOKE or CLOSE the ends of streams; of any other none. ERR_NOMEM. */
MUST_CHECK err_t said_ends(const struct said *s, struct stream_ends *ret);
/* said_lets_in: whether it is a JOIN or SLOT. */
static inline bool said_lets_in(const struct said *s)
{
	return s->as.kind == SIGNER_JOIN || s->as.kind == SIGNER_SLOT;
}
/* said_cmp: by signer, number, hash. */
int said_cmp(const struct said *a, const struct said *b);

/* A set that owns the bytes. */
struct said_set {
	struct id vault;
	struct said *v;
	size_t n, cap;
};
void said_set_free(struct said_set *l);
/* said_set_add: one statement, perhaps for the second time. Errors of said_read. */
MUST_CHECK err_t said_set_add(struct said_set *l, struct span bytes);

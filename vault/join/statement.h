/* SPDX-License-Identifier: MIT
 * Bodies of statements (docs/format.md, "Statements"), as far as their bytes go.
 *
 *   1 JOIN         who is let in (signer.h) proof(64)
 *   2 INCARNATION  random(16) ends: its earlier streams that end here, at most 64
 *   3 REVOKE       signer(16) pin ends: at most 256, n not 0
 *   4 CLOSE        end
 *   5 SLOT         who is let in (signer.h) replaces(16; zero: none) pin boxes
 *   6 CONFIRM      hash of a SLOT statement(32)
 *   7 RULES        rules version(u32)
 *   end    stream(u64, not 0) n(u64) hash of that commit(32): the last that counts; both zero: none
 *   ends   count(u16), then so many, ascending by stream
 *   pin    number(u64) hash(32): the last statement that counts; both zero: none
 *   boxes  count(u16, at most 16), then ascending by (number, id): epoch number(u32, not 0) epoch id(32) box(u16
 * length, bytes): of the root; of a later epoch than 1 also of its proof
 */
#pragma once

#include "vault/join/signer.h"

#define STATEMENT_BOXES_MAX 16
#define STATEMENT_INCARNATION_MAX 64 /* streams that end */
#define STATEMENT_REVOKE_MAX 256     /* streams that are kept up to an end */

struct stream_end {
	uint64_t stream, n;
	struct hash hash;
};
struct stream_ends {
	struct stream_end *v;
	size_t n, cap;
};
struct statement_pin {
	uint64_t number;
	struct hash hash;
};
struct root_box { /* an epoch root, in a SLOT statement */
	uint32_t epoch;
	struct hash epoch_id;
	struct span box;
};
struct root_boxes {
	struct root_box v[STATEMENT_BOXES_MAX];
	size_t n;
};
/* What a statement says; spans point into its bytes. */
struct statement {
	enum signer_statement kind;
	struct signer_new who; /* JOIN, SLOT */
	const uint8_t *proof;  /* JOIN: SIGNER_SIG bytes */
	struct id id;          /* INCARNATION: random; REVOKE: the signer; SLOT: what it replaces, ID_ZERO: nothing */
	struct statement_pin pin; /* REVOKE, SLOT: of that signer */
	struct stream_ends ends;  /* INCARNATION, REVOKE */
	struct stream_end end;    /* CLOSE */
	struct root_boxes boxes;  /* SLOT */
	struct hash confirmed;    /* CONFIRM */
	uint32_t rules;           /* RULES */
};
void statement_free(struct statement *s);
/* statement_put_body: appends; ERR_INVAL: what the format cannot hold, or of a kind not named here.
 * statement_get_body: `ret` is the caller's to free. ERR_NOTFOUND: of a kind not named here; ERR_DAMAGED: not its
 * body; ERR_NOMEM. */
MUST_CHECK err_t statement_put_body(struct buf *out, const struct statement *s);
MUST_CHECK err_t statement_get_body(const struct signer_said *said, struct statement *ret);
/* statement_proof_message: appends what the proof of a JOIN is over: "cloudseal device" NUL, vault id, genesis hash,
 * both keys. */
MUST_CHECK err_t statement_proof_message(struct id vault, struct hash genesis, const struct signer_new *who,
                                         struct buf *out);

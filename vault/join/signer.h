/* SPDX-License-Identifier: MIT
 * Members (docs/format.md, "Members") as far as their bytes go: what they mean, and who counts, is not known here.
 *
 *   genesis    genesis(u16 length, bytes) signatures: count(u16), 64 bytes each
 *   wrap       slot id(16) kind(u8: 1, 2) 12 bytes of parameters, salt(32) wrapped(176)
 *   statement  version(u8: 1) kind(u8) flags(u8: 1 critical) signer(16) number(u64, not 0) previous(32; zero of number
 *              1, and only then) time(i64, seconds) body(u16 length, at most 16,384) signature(64)
 *   box key    suite(u8, not 0) public key; of suite 1: 32 bytes
 * What the body of each kind of statement is: statement.h. The first part of a JOIN or SLOT says who is let in:
 *   JOIN       rank(u32)                Ed25519 key(32) box key(u16 length, bytes) hash of the mix key(32)
 *   SLOT       rank(u32) kind(u8: 1, 2) Ed25519 key(32) box key(u16 length, bytes) hash of the mix key(32) hash of the
 *              wrap(32)
 */
#pragma once

#include "util/id.h"

#define SIGNER_SIG 64
#define SIGNER_KEY 32
#define SIGNER_WRAP 237
#define SIGNER_BODY_MAX 16384
#define SIGNER_CRITICAL 1

enum signer_kind { SIGNER_RECOVERY = 1, SIGNER_PASSPHRASE = 2, SIGNER_DEVICE = 3 };
enum signer_statement {
	SIGNER_JOIN = 1,
	SIGNER_INCARNATION,
	SIGNER_REVOKE,
	SIGNER_CLOSE,
	SIGNER_SLOT,
	SIGNER_CONFIRM,
	SIGNER_RULES
};
struct signer_said { /* a statement; spans point into it */
	uint8_t kind, flags;
	struct id signer;
	uint64_t number;
	struct hash previous;
	int64_t time; /* s since 1970 */
	struct span body;
	const uint8_t *sig; /* SIGNER_SIG bytes */
};
/* signer_statement: false: not of that form. signer_statement_hash: of all its bytes. */
bool signer_statement(struct span bytes, struct signer_said *ret);
/* signer_put_statement: appends; ERR_INVAL: what is not of that form. signer_message: appends what its signature is
 * over: "cloudseal statement" NUL, vault id, genesis hash, all fields but the signature. */
MUST_CHECK err_t signer_put_statement(struct buf *out, const struct signer_said *s);
MUST_CHECK err_t signer_message(struct id vault, struct hash genesis, const struct signer_said *s, struct buf *out);
MUST_CHECK err_t signer_statement_hash(struct span bytes, struct hash *ret);
bool signer_genesis_ok(struct span bytes);
/* signer_wrap_ok: of slot `id`. */
bool signer_wrap_ok(struct span bytes, struct id id);
bool signer_name_ok(struct span name);

struct signer_new { /* who a JOIN or SLOT lets in; spans point into it */
	uint32_t rank;
	enum signer_kind kind;
	const uint8_t *sign_key; /* SIGNER_KEY bytes */
	struct span box_key;
	struct hash mix, wrap; /* hashes; of a device no wrap */
};
/* signer_get_new: reads the first part of a JOIN or SLOT off `r`. signer_put_new: appends it; ERR_INVAL: what is not of
 * that form, ERR_NOMEM. */
void signer_get_new(struct rd *r, enum signer_statement kind, struct signer_new *m);
MUST_CHECK err_t signer_put_new(struct buf *out, enum signer_statement kind, const struct signer_new *m);
/* signer_get_keys, signer_put_keys: what genesis says, too: from the kind, of a slot, on, or from the Ed25519 key. */
void signer_get_keys(struct rd *r, enum signer_statement kind, struct signer_new *m);
MUST_CHECK err_t signer_put_keys(struct buf *out, enum signer_statement kind, const struct signer_new *m);
/* signer_new_of: ERR_NOTFOUND: neither JOIN nor SLOT; ERR_DAMAGED: one that lets nobody
 * in. */
MUST_CHECK err_t signer_new_of(const struct signer_said *s, struct signer_new *ret);
/* signer_id: first 16 bytes of SHA-256("cloudseal signer" || vault id || kind || Ed25519 key || box key || hash of the
 * mix key). */
MUST_CHECK err_t signer_id(struct id vault, const struct signer_new *m, struct id *ret);

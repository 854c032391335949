/* SPDX-License-Identifier: MIT
 * The statements and starts of tests/vectors/vault.txt, as tests/vectors/vault.py has them; each appends its bytes.
 * Include after <cmocka.h>.
 */
#pragma once

#include "tests/unit/vault_values.h"
#include "vault/join/epoch.h"
#include "vault/join/statement.h"
#include "vault/objects/root.h"

/* fill: `n` bytes of `b` that stay. */
static inline const uint8_t *fill(uint8_t b, size_t n)
{
	static uint8_t all[10][256];
	assert_true(b < 10 && n <= sizeof(all[0]));
	memset(all[b], b, sizeof(all[0]));
	return all[b];
}

/* box_of: in suite 1. */
static inline struct span box_of(uint8_t b, size_t len)
{
	static uint8_t all[10][177];
	assert_true(b < 10 && len <= sizeof(all[0]));
	memset(all[b], b, sizeof(all[0]));
	all[b][0] = 1;
	return SPAN(all[b], len);
}

static inline void say(struct buf *out, const struct statement *s, uint64_t number)
{
	cleanup(buf_free) struct buf body = BUF_INIT;
	struct signer_said said = { .kind = (uint8_t)s->kind, .flags = 1, .signer = id_of(3), .number = number };
	ok(statement_put_body(&body, s));
	said.previous = number > 1 ? hash_of(4) : HASH_ZERO;
	said.time = 1700000000;
	said.body = buf_span(&body);
	said.sig = fill(9, SIGNER_SIG);
	ok(signer_put_statement(out, &said));
}

static inline struct signer_new newcomer(enum signer_kind kind)
{
	struct signer_new m = { .rank = 2, .kind = kind, .sign_key = fill(5, 32), .mix = hash_of(7) };
	static uint8_t box_key[33];
	memset(box_key, 6, sizeof(box_key));
	box_key[0] = 1;
	m.box_key = SPAN(box_key, sizeof(box_key));
	m.wrap = kind == SIGNER_DEVICE ? HASH_ZERO : hash_of(8);
	return m;
}

static inline void statement_join(struct buf *out)
{
	say(out, &(struct statement){ .kind = SIGNER_JOIN, .who = newcomer(SIGNER_DEVICE), .proof = fill(8, 64) }, 1);
}

static inline void statement_incarnation(struct buf *out)
{
	struct stream_end ends[] = { { STREAM, 0, HASH_ZERO }, { OTHER, 300, hash_of(2) } };
	say(out, &(struct statement){ .kind = SIGNER_INCARNATION, .id = id_of(1), .ends = { ends, 2, 2 } }, 2);
}

static inline void statement_revoke(struct buf *out)
{
	struct stream_end ends[] = { { STREAM, 1, hash_of(3) }, { OTHER, 300, hash_of(2) } };
	struct statement s = { .kind = SIGNER_REVOKE, .id = id_of(1), .pin = { 9, hash_of(2) } };
	s.ends = (struct stream_ends){ ends, 2, 2 };
	say(out, &s, 2);
}

static inline void statement_close(struct buf *out)
{
	say(out, &(struct statement){ .kind = SIGNER_CLOSE, .end = { STREAM, 7, hash_of(1) } }, 1);
}

static inline void statement_slot(struct buf *out)
{
	struct statement s = { .kind = SIGNER_SLOT, .who = newcomer(SIGNER_RECOVERY), .id = id_of(1) };
	s.pin = (struct statement_pin){ 9, hash_of(2) };
	s.boxes.v[s.boxes.n++] = (struct root_box){ 1, hash_of(1), box_of(4, 145) };
	s.boxes.v[s.boxes.n++] = (struct root_box){ 7, hash_of(2), box_of(5, 177) };
	say(out, &s, 2);
}

static inline void statement_passphrase(struct buf *out)
{
	say(out, &(struct statement){ .kind = SIGNER_SLOT, .who = newcomer(SIGNER_PASSPHRASE) }, 1);
}

static inline void statement_confirm(struct buf *out)
{
	say(out, &(struct statement){ .kind = SIGNER_CONFIRM, .confirmed = hash_of(1) }, 1);
}

static inline void statement_rules(struct buf *out)
{
	say(out, &(struct statement){ .kind = SIGNER_RULES, .rules = 3 }, 1);
}

/* start_numbered: as start_one, of another epoch. */
static inline void start_numbered(struct buf *out, uint32_t number)
{
	struct hash causes[] = { hash_of(6), hash_of(7) };
	struct epoch_box one = { id_of(1), box_of(1, 177) };
	struct epoch_start s = { .number = number, .causes = causes, .causes_n = 2, .slots = { &one, 1, 1 } };
	memset(s.commitment, 8, sizeof(s.commitment));
	ok(epoch_put_start(out, &s));
}

static inline void start_bare(struct buf *out)
{
	struct epoch_start s = { .number = 2 };
	memset(s.commitment, 1, sizeof(s.commitment));
	ok(epoch_put_start(out, &s));
}

static inline void recipients_two(struct buf *out)
{
	struct epoch_box two[] = { { id_of(2), box_of(2, 177) }, { id_of(3), box_of(3, 177) } };
	ok(epoch_put_recipients(out, &(struct epoch_boxes){ two, 2, 2 }));
}

static inline void root_two(struct buf *out)
{
	cleanup(root_free) struct root x = { 0 };
	cleanup(buf_free) struct buf a = BUF_INIT, b = BUF_INIT;
	start_numbered(&a, 258);
	start_numbered(&b, 513);
	ok(root_add(&x, buf_span(&a), box_of(4, 177)));
	assert_int_equal(root_add(&x, buf_span(&a), box_of(4, 177)), ERR_INVAL);
	ok(root_add(&x, buf_span(&b), box_of(4, 177)));
	ok(root_encode(&x, out));
}

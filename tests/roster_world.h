/* SPDX-License-Identifier: MIT
 * Signers that say statements, for tests of vault/members: bytes as on a store, but signatures that are the signer's
 * key. Signers are numbers: 0 the recovery slot of genesis, 1 the first device, 2 its passphrase slot if it is named;
 * of the others each fourth, from 3 on, is a recovery slot, the rest are devices. `world_check` is defined by who
 * includes this: what must not fail.
 */
#pragma once

#include "util/cleanup.h"
#include "vault/members/confirm.h"
#include "vault/members/roster.h"
#include "vault/members/roster_streams.h"

#include <string.h>

#define WORLD_SIGNERS 16
#define WORLD_LAST SIZE_MAX /* behind what the signer said last */
#define WORLD_FIRST (SIZE_MAX - 1)

struct world {
	struct heard_set set;
	struct roster_named named[3];
	size_t named_n;
	uint8_t keys[WORLD_SIGNERS][SIGNER_KEY];
	uint8_t box_keys[WORLD_SIGNERS][1 + SIGNER_KEY];
	struct hash mixes[WORLD_SIGNERS]; /* hashes of the mix keys */
	size_t last[WORLD_SIGNERS];       /* statement, or WORLD_FIRST */
	bool known;                       /* ids are; keys do not change any more */
	struct id ids[WORLD_SIGNERS];
};

static inline bool world_is_slot(unsigned who)
{
	return who == 0 || who == 2 || who % 4 == 3;
}

static inline struct signer_new world_signer(struct world *w, unsigned who)
{
	struct signer_new m = { .kind = world_is_slot(who) ? SIGNER_RECOVERY : SIGNER_DEVICE };
	m.kind = who == 2 ? SIGNER_PASSPHRASE : m.kind;
	m.sign_key = w->keys[who];
	m.box_key = SPAN(w->box_keys[who], sizeof(w->box_keys[who]));
	m.mix = w->mixes[who];
	return m;
}

static inline struct id world_id(struct world *w, unsigned who)
{
	struct signer_new m = world_signer(w, who);
	struct id id;
	if (w->known)
		return w->ids[who];
	world_check(signer_id(w->set.vault, &m, &id) == ERR_OK);
	return id;
}

/* world_know: all ids once, for who asks often. */
static inline void world_know(struct world *w)
{
	for (unsigned i = 0; i < WORLD_SIGNERS; i++)
		w->ids[i] = world_id(w, i);
	w->known = true;
}

/* world_keys: of signers that nobody has named yet. */
static inline void world_keys(struct world *w)
{
	*w = (struct world){ 0 };
	for (unsigned i = 0; i < WORLD_SIGNERS; i++) {
		memset(w->keys[i], (int)i + 1, SIGNER_KEY);
		w->box_keys[i][0] = 1;
		w->last[i] = WORLD_FIRST;
	}
}

static inline void world_genesis(struct world *w, bool passphrase)
{
	w->named_n = passphrase ? 3 : 2;
	for (unsigned i = 0; i < w->named_n; i++) {
		w->named[i] = (struct roster_named){ world_id(w, i), world_signer(w, i) };
		w->named[i].who.rank = i;
	}
}

static inline void world_begin(struct world *w, bool passphrase)
{
	world_keys(w);
	world_genesis(w, passphrase);
}

/* world_pin: of a statement, or of none. */
static inline struct statement_pin world_pin(const struct world *w, size_t said)
{
	if (said >= w->set.n)
		return (struct statement_pin){ 0 };
	return (struct statement_pin){ w->set.v[said].as.number, w->set.v[said].hash };
}

/* world_say: behind `after`; which statement it is. */
static inline size_t world_say(struct world *w, unsigned who, size_t after, const struct statement *body)
{
	cleanup(buf_free) struct buf b = BUF_INIT, out = BUF_INIT;
	uint8_t sig[SIGNER_SIG] = { 0 };
	size_t before = after == WORLD_LAST ? w->last[who] : after;
	struct signer_said s = { .kind = (uint8_t)body->kind, .signer = world_id(w, who), .number = 1, .sig = sig };
	if (before < w->set.n) {
		s.number = w->set.v[before].as.number + 1;
		s.previous = w->set.v[before].hash;
	}
	memcpy(sig, w->keys[who], SIGNER_KEY);
	world_check(statement_put_body(&b, body) == ERR_OK);
	s.body = buf_span(&b);
	world_check(signer_put_statement(&out, &s) == ERR_OK);
	world_check(heard_set_add(&w->set, buf_span(&out)) == ERR_OK);
	return w->last[who] = w->set.n - 1;
}

static inline size_t world_join(struct world *w, unsigned who, unsigned whom, uint32_t rank)
{
	static const uint8_t proof[SIGNER_SIG];
	struct statement s = { .kind = SIGNER_JOIN, .who = world_signer(w, whom), .proof = proof };
	s.who.rank = rank;
	return world_say(w, who, WORLD_LAST, &s);
}

/* world_replace: a recovery slot in place of another, of which counts what leads up to `pin`. */
static inline size_t world_replace(struct world *w, unsigned who, unsigned whom, unsigned old, size_t pin)
{
	struct statement s = { .kind = SIGNER_SLOT, .who = world_signer(w, whom), .id = world_id(w, old) };
	s.who.rank = 100;
	s.pin = world_pin(w, pin);
	return world_say(w, who, WORLD_LAST, &s);
}

static inline size_t world_revoke(struct world *w, unsigned who, unsigned whom, size_t pin)
{
	struct statement s = { .kind = SIGNER_REVOKE, .id = world_id(w, whom), .pin = world_pin(w, pin) };
	return world_say(w, who, WORLD_LAST, &s);
}

static inline size_t world_confirm(struct world *w, unsigned who, size_t said)
{
	return world_say(w, who, WORLD_LAST,
	                 &(struct statement){ .kind = SIGNER_CONFIRM, .confirmed = w->set.v[said].hash });
}

static inline err_t world_signed(void *ctx, const struct heard *s, const uint8_t *sign_key)
{
	(void)ctx;
	return memcmp(s->as.sig, sign_key, SIGNER_KEY) ? ERR_DAMAGED : ERR_OK;
}

static inline void world_roster(const struct world *w, struct roster *ret)
{
	struct roster_basis b = { .named = w->named, .named_n = w->named_n, .check = world_signed };
	world_check(roster_make(&b, w->set.v, w->set.n, ret) == ERR_OK);
}

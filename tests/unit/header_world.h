/* SPDX-License-Identifier: MIT
 * A vault as its members have it: records and statements, made by its signers. For tests of headers; include after
 * <cmocka.h>, with `ok` defined.
 */
#pragma once

#include "crypto/crypto.h"
#include "util/cleanup.h"
#include "vault/join/group_decode.h"
#include "vault/join/group_encode.h"
#include "vault/join/records.h"
#include "vault/join/vault_key.h"
#include "vault/keys/create.h"
#include "vault/keys/header_make.h"
#include "vault/keys/header_open.h"
#include "vault/keys/recovery.h"
#include "vault/members/epochs.h"
#include "vault/members/signature.h"

#include <string.h>

#define HALL_SLOTS 80

struct hall {
	struct create c;
	struct genesis g;
	struct roster_named named[GENESIS_SIGNERS_MAX];
	size_t named_n;
	struct records recs;
	struct heard_set set;
	struct roster r; /* of the set, as of the last hall_look */
	struct signer_mine *slot[HALL_SLOTS];
	size_t slots;
	uint64_t number; /* of the device's statements */
	struct hash last;
};

static inline err_t hall_put(void *ctx, struct span key, struct span value)
{
	return records_put(ctx, key, value);
}

/* hall_look: the roster of what was said. */
static inline void hall_look(struct hall *h)
{
	struct signature_of of = { h->g.vault, h->c.genesis_hash };
	struct roster_basis b = { h->named, h->named_n, signature_check, &of };
	roster_free(&h->r);
	ok(roster_make(&b, h->set.v, h->set.n, &h->r));
}

static inline void hall_begin(struct hall *h, const struct wrap_secret *portable)
{
	struct span genesis;
	*h = (struct hall){ 0 };
	struct create_wish w = { CIPHER_AES256GCM, 1700000000, portable };
	ok(create_draw(&w, &h->c));
	ok(genesis_check(buf_span(&h->c.genesis), &h->g, &genesis));
	ok(genesis_named(&h->g, h->named, &h->named_n));
	h->set.vault = h->g.vault;
	ok(create_records(&h->c, span_str("laptop"), (struct stamp){ 1, 2, 1 }, hall_put, &h->recs));
	hall_look(h);
}

static inline void hall_end(struct hall *h)
{
	for (size_t i = 0; i < h->slots; i++)
		secret_freep(&h->slot[i]);
	roster_free(&h->r);
	heard_set_free(&h->set);
	records_free(&h->recs);
	create_free(&h->c);
}

/* hall_say: by the device, behind what it said last; into the set alone. */
static inline void hall_say(struct hall *h, const struct statement *s)
{
	cleanup(buf_free) struct buf body = BUF_INIT, out = BUF_INIT;
	struct signer_said said = { .kind = (uint8_t)s->kind, .number = ++h->number, .previous = h->last };
	ok(statement_put_body(&body, s));
	said.body = buf_span(&body);
	ok(mine_sign(h->c.device, h->c.genesis_hash, &said, &out));
	ok(heard_set_add(&h->set, buf_span(&out)));
	h->last = h->set.v[h->set.n - 1].hash;
	hall_look(h);
}

/* hall_key: the recovery key of slot i. */
static inline struct span hall_key(size_t i)
{
	static uint8_t key[HALL_SLOTS][RECOVERY_LEN];
	memset(key[i], (int)i + 1, RECOVERY_LEN);
	return SPAN(key[i], RECOVERY_LEN);
}

static inline err_t hall_root(const struct hall *h, uint32_t number, struct key *ret)
{
	if (number == 1)
		return keyring_epoch_root(h->c.keyring, 1, ret);
	memset(ret->b, (int)number, sizeof(ret->b));
	return ERR_OK;
}

static inline void hall_box(const struct hall *h, const struct signer_mine *to, uint32_t number, struct buf *out)
{
	struct key root, first;
	struct root_box_at at = { h->g.vault, h->c.genesis_hash, h->g.cipher, number, &first };
	ok(hall_root(h, 1, &first));
	ok(hall_root(h, number, &root));
	ok(root_box_seal(&at, &root, to->id, &(struct box_to){ SPAN(to->box_key, BOX_KEY), &to->mix }, out));
}

static inline void hall_record_slot(struct hall *h, const struct signer_mine *m, struct span wrap)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	cleanup(buf_free) struct buf value = BUF_INIT;
	struct vault_key key = vault_key_of(&(struct vault_name){ .kind = SHARED_SLOT, .id = m->id });
	size_t map = group_open(&r, 2, GROUP_MAP, STAMP_ZERO);
	group_close(&r, group_key(&r, STAMP_ZERO, wrap));
	group_close(&r, map);
	ok(record_encode(&r, &value));
	ok(records_put(&h->recs, vault_key_span(&key), buf_span(&value)));
}

/* A further slot, by the device: with boxes of root 1 and of epoch `newest`, if that is later; `anchor` in its wrap. */
struct hall_slot {
	uint32_t rank, newest;
	struct hash newest_id, anchor;
	bool unrecorded;                      /* the map has no wrap of it */
	const struct wrap_secret *passphrase; /* that opens it; NULL: a recovery key does */
	const struct id *before;              /* its id is less than that one; NULL: any */
};

static inline void hall_add_slot(struct hall *h, const struct hall_slot *s, struct buf *wrap)
{
	struct signer_mine **m = &h->slot[h->slots];
	cleanup(buf_free) struct buf first = BUF_INIT, second = BUF_INIT;
	struct wrap_secret secret = { .bytes = hall_key(h->slots) };
	struct statement say = { .kind = SIGNER_SLOT };
	do {
		secret_freep(m);
		ok(signer_mine_draw(h->g.vault, s->passphrase ? SIGNER_PASSPHRASE : SIGNER_RECOVERY, m));
	} while (s->before && id_cmp((*m)->id, *s->before) >= 0);
	if (s->passphrase)
		secret = *s->passphrase;
	ok(wrap_seal(h->g.cipher, *m, &secret, s->anchor, wrap));
	say.who = signer_mine_new_of(*m, s->rank);
	ok(crypto_sha256(buf_span(wrap), &say.who.wrap));
	hall_box(h, *m, 1, &first);
	say.boxes.v[say.boxes.n++] = (struct root_box){ 1, h->c.genesis_hash, buf_span(&first) };
	if (s->newest > 1) {
		hall_box(h, *m, s->newest, &second);
		say.boxes.v[say.boxes.n++] = (struct root_box){ s->newest, s->newest_id, buf_span(&second) };
	}
	if (!s->unrecorded)
		hall_record_slot(h, *m, buf_span(wrap));
	hall_say(h, &say);
	h->slots++;
}

/* hall_start: of epoch `number`, whose root goes to `to`; appends. `causes`: hashes that are none, to make it long. */
static inline struct hash hall_start(const struct hall *h, uint32_t number, const struct signer_mine *to, size_t causes,
                                     struct buf *out)
{
	cleanup(buf_free) struct buf box = BUF_INIT;
	struct epoch_box one = { .to = to->id };
	struct epoch_start s = { .number = number, .slots = { &one, 1, 1 } };
	struct root_box_at at = { .vault = h->g.vault, .number = number };
	struct hash commitment, id;
	struct key root;
	hall_box(h, to, number, &box);
	one.box = buf_span(&box);
	ok(hall_root(h, number, &root));
	ok(root_box_commits(&at, &root, &commitment));
	hash_put(s.commitment, commitment);
	s.causes = calloc(causes + 1, sizeof(*s.causes));
	assert_non_null(s.causes);
	for (s.causes_n = 0; s.causes_n < causes; s.causes_n++) {
		s.causes[s.causes_n].b[0] = (uint8_t)(s.causes_n >> 8);
		s.causes[s.causes_n].b[1] = (uint8_t)s.causes_n;
	}
	ok(epoch_put_start(out, &s));
	free(s.causes);
	ok(epoch_id(buf_span(out), &id));
	return id;
}

static inline void hall_record_start(struct hall *h, struct span start)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	cleanup(buf_free) struct buf value = BUF_INIT;
	struct vault_name n = { .kind = SHARED_EPOCH };
	assert_true(epoch_start_ok(start, &n.number));
	ok(epoch_id(start, &n.hash));
	struct vault_key key = vault_key_of(&n);
	group_value(&r, 1, STAMP_ZERO, start);
	ok(record_encode(&r, &value));
	ok(records_put(&h->recs, vault_key_span(&key), buf_span(&value)));
}

static inline void hall_revoke(struct hall *h, const struct signer_mine *m)
{
	hall_say(h, &(struct statement){ .kind = SIGNER_REVOKE, .id = m->id });
}

static inline void hall_make(const struct hall *h, const struct header *found, struct header *ret)
{
	struct view v = records_view(&h->recs);
	struct header_basis b = { &v, &h->r, h->g.vault, h->c.genesis_hash };
	struct header made;
	ok(header_make(&b, found, &made)); /* `found` may be *ret */
	header_free(ret);
	*ret = made;
}

/* hall_without: the same by who does not know the last `n` statements. */
static inline void hall_without(struct hall *h, size_t n, const struct header *found, struct header *ret)
{
	size_t all = h->set.n;
	h->set.n -= n;
	hall_look(h);
	hall_make(h, found, ret);
	h->set.n = all;
	hall_look(h);
}

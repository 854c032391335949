/* SPDX-License-Identifier: MIT
 * Objects of an invitation: who opens what, beside tests/vectors/invite.py.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "crypto/crypto.h"
#include "tests/unit/vault_members.h"
#include "tests/vectors.h"
#include "util/cleanup.h"
#include "vault/members/mine.h"
#include "vault/objects/invitation_reply.h"
#include "vault/objects/invitation_request.h"
#include "vault/objects/size.h"

static const uint8_t code[INVITATION_CODE] = { 1, 2, 3 }, other_code[INVITATION_CODE] = { 9 };
static const struct key offer_seed = { { 5 } };

struct world {
	struct invitation v;
	struct signer_mine *joiner;
	struct invitation_offer offer;
	struct buf offered, asked, answered;
	struct hash asked_hash;
};

static struct invitation of_code(const uint8_t *c)
{
	struct invitation v = { .vault = id_of(1), .genesis = hash_of(2), .cipher = CIPHER_AES256GCM };
	ok(invitation_of(c, &v));
	return v;
}

static void box_key_of(const struct key *seed, uint8_t ret[BOX_KEY])
{
	struct public_keys keys;
	ok(keys_from_seed(seed, &keys));
	ret[0] = BOX_SUITE;
	memcpy(ret + 1, keys.box, sizeof(keys.box));
}

static struct invitation_request request_of(const struct signer_mine *m, const char *name)
{
	struct invitation_request r = { .name = "" };
	memcpy(r.sign_key, m->sign_key, sizeof(r.sign_key));
	memcpy(r.box_key, m->box_key, sizeof(r.box_key));
	ok(mine_prove(m, hash_of(2), r.proof));
	snprintf(r.name, sizeof(r.name), "%s", name);
	return r;
}

static void answer_of(struct invitation_reply *r)
{
	statement_join(&r->join);
	r->mix = (struct key){ { 21 } };
	r->first = (struct key){ { 22 } };
	r->epoch = 1;
	r->epoch_id = hash_of(2);
	r->root = r->first;
	r->positions.v = calloc(1, sizeof(*r->positions.v));
	assert_non_null(r->positions.v);
	r->positions.v[0] = (struct applied_entry){ hash_of(3), 4, id_of(5) };
	r->positions.n = r->positions.cap = 1;
}

static void seal_all(struct world *w)
{
	cleanup(invitation_reply_free) struct invitation_reply answer = { .join = BUF_INIT };
	const struct invitation_request r = request_of(w->joiner, "phone");
	ok(invitation_offer_seal(&w->v, &w->offer, &w->offered));
	ok(invitation_request_seal(&w->v, &w->offer, &r, &w->joiner->seed, &w->asked));
	ok(crypto_sha256(buf_span(&w->asked), &w->asked_hash));
	answer_of(&answer);
	ok(invitation_reply_seal(&w->v, w->joiner->box_key, w->asked_hash, &answer, &w->answered));
}

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	if (!w)
		return -1;
	w->v = of_code(code);
	w->offer.until = 1700000000;
	box_key_of(&offer_seed, w->offer.box_key);
	ok(signer_mine_draw(w->v.vault, SIGNER_DEVICE, &w->joiner));
	seal_all(w);
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;
	secret_freep(&w->joiner);
	buf_free(&w->offered);
	buf_free(&w->asked);
	buf_free(&w->answered);
	invitation_wipe(&w->v);
	free(w);
	return 0;
}

static void all_goes_round(void **state)
{
	struct world *w = *state;
	struct invitation_offer o;
	struct invitation_request r;
	cleanup(invitation_reply_free) struct invitation_reply a = { .join = BUF_INIT };
	ok(invitation_offer_open(&w->v, buf_span(&w->offered), &o));
	assert_int_equal(o.until, 1700000000);
	assert_memory_equal(o.box_key, w->offer.box_key, BOX_KEY);
	assert_true(hash_eq(o.hash, w->offer.hash));
	ok(invitation_request_open(&w->v, o.hash, &offer_seed, buf_span(&w->asked), &r));
	assert_string_equal(r.name, "phone");
	assert_memory_equal(r.sign_key, w->joiner->sign_key, SIGNER_KEY);
	ok(invitation_reply_open(&w->v, &w->joiner->seed, w->asked_hash, buf_span(&w->answered), &a));
	assert_int_equal(a.mix.b[0], 21);
	assert_int_equal(a.positions.n, 1);
	assert_int_equal(a.positions.v[0].n, 4);
	assert_int_equal(a.epoch, 1);
}

/* The code is the name and seal key of the offer, and no more: whoever has it and all that the store ever had learns a
 * key that is thrown away, and a time. */
static void the_code_opens_the_offer_alone(void **state)
{
	struct world *w = *state;
	const struct invitation thief = of_code(code);
	struct invitation_request r;
	cleanup(invitation_reply_free) struct invitation_reply a = { .join = BUF_INIT };
	const struct key own = { { 77 } };
	assert_int_equal(invitation_request_open(&thief, w->offer.hash, &own, buf_span(&w->asked), &r), ERR_WRONGKEY);
	assert_int_equal(invitation_reply_open(&thief, &own, w->asked_hash, buf_span(&w->answered), &a), ERR_WRONGKEY);
	assert_int_equal(invitation_reply_open(&thief, &offer_seed, w->asked_hash, buf_span(&w->answered), &a),
	                 ERR_WRONGKEY);
}

static void another_code_opens_nothing_and_has_other_names(void **state)
{
	struct world *w = *state;
	const struct invitation v = of_code(other_code);
	struct invitation_offer o;
	struct invitation_request r;
	cleanup(invitation_reply_free) struct invitation_reply a = { .join = BUF_INIT };
	assert_int_equal(invitation_offer_open(&v, buf_span(&w->offered), &o), ERR_WRONGKEY);
	assert_int_equal(invitation_request_open(&v, w->offer.hash, &offer_seed, buf_span(&w->asked), &r),
	                 ERR_WRONGKEY);
	assert_int_equal(invitation_reply_open(&v, &w->joiner->seed, w->asked_hash, buf_span(&w->answered), &a),
	                 ERR_WRONGKEY);
	char here[3][ID_TEXT], there[ID_TEXT];
	for (int i = 0; i < 3; i++) {
		ok(invitation_name(&w->v, (enum invitation_object)i, here[i]));
		ok(invitation_name(&v, (enum invitation_object)i, there));
		assert_string_not_equal(here[i], there);
		assert_string_not_equal(here[i], here[(i + 2) % 3]);
	}
}

static void another_vault_opens_nothing(void **state)
{
	struct world *w = *state;
	struct invitation v = { .vault = id_of(1), .genesis = hash_of(8), .cipher = CIPHER_AES256GCM };
	struct invitation_offer o;
	ok(invitation_of(code, &v));
	assert_int_equal(invitation_offer_open(&v, buf_span(&w->offered), &o), ERR_WRONGKEY);
}

/* A reply counts for one request, a request for one offer. */
static void each_is_bound_to_the_one_before(void **state)
{
	struct world *w = *state;
	struct invitation_request r;
	cleanup(invitation_reply_free) struct invitation_reply a = { .join = BUF_INIT };
	assert_int_equal(invitation_request_open(&w->v, hash_of(4), &offer_seed, buf_span(&w->asked), &r),
	                 ERR_WRONGKEY);
	assert_int_equal(invitation_reply_open(&w->v, &w->joiner->seed, hash_of(4), buf_span(&w->answered), &a),
	                 ERR_WRONGKEY);
}

static void the_same_request_is_the_same_bytes(void **state)
{
	struct world *w = *state;
	cleanup(buf_free) struct buf again = BUF_INIT, named = BUF_INIT;
	struct invitation_request r = request_of(w->joiner, "phone");
	ok(invitation_request_seal(&w->v, &w->offer, &r, &w->joiner->seed, &again));
	assert_int_equal(span_cmp(buf_span(&again), buf_span(&w->asked)), 0);
	r = request_of(w->joiner, "phane");
	ok(invitation_request_seal(&w->v, &w->offer, &r, &w->joiner->seed, &named));
	assert_int_not_equal(memcmp(again.p + 1, named.p + 1, 32), 0); /* another ephemeral key */
}

static void a_request_has_to_prove_its_key(void **state)
{
	struct world *w = *state;
	cleanup(buf_free) struct buf forged = BUF_INIT;
	struct invitation_request r = request_of(w->joiner, "phone"), got;
	r.proof[3] ^= 1;
	ok(invitation_request_seal(&w->v, &w->offer, &r, &w->joiner->seed, &forged));
	assert_int_equal(invitation_request_open(&w->v, w->offer.hash, &offer_seed, buf_span(&forged), &got),
	                 ERR_DAMAGED);
}

static void names_that_cannot_be_are_refused(void **state)
{
	struct world *w = *state;
	cleanup(buf_free) struct buf out = BUF_INIT;
	const char *const bad[] = { "", "a\nb", "\x1b[2J", "\xff" };
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		const struct invitation_request r = request_of(w->joiner, bad[i]);
		assert_int_equal(invitation_request_seal(&w->v, &w->offer, &r, &w->joiner->seed, &out), ERR_INVAL);
	}
}

static void every_flipped_byte_is_refused(void **state)
{
	struct world *w = *state;
	struct invitation_offer o;
	struct invitation_request r;
	cleanup(invitation_reply_free) struct invitation_reply a = { .join = BUF_INIT };
	for (size_t i = 0; i < w->offered.len; i += i < 200 ? 1 : 97) {
		w->offered.p[i] ^= 1;
		assert_int_not_equal(invitation_offer_open(&w->v, buf_span(&w->offered), &o), ERR_OK);
		w->offered.p[i] ^= 1;
	}
	for (size_t i = 0; i < w->asked.len; i += 61) {
		w->asked.p[i] ^= 1;
		assert_int_not_equal(
		        invitation_request_open(&w->v, w->offer.hash, &offer_seed, buf_span(&w->asked), &r), ERR_OK);
		w->asked.p[i] ^= 1;
	}
	for (size_t i = 0; i < w->answered.len; i += 61) {
		w->answered.p[i] ^= 1;
		assert_int_not_equal(
		        invitation_reply_open(&w->v, &w->joiner->seed, w->asked_hash, buf_span(&w->answered), &a),
		        ERR_OK);
		w->answered.p[i] ^= 1;
	}
}

static void all_objects_look_alike(void **state)
{
	struct world *w = *state;
	assert_int_equal(w->offered.len, 4096);
	assert_int_equal(w->asked.len, 4096);
	assert_int_equal(w->answered.len, 4096);
}

/* Padding is zero and of the right length: one text has one form. */
static void texts_are_canonical(void **state)
{
	struct world *w = *state;
	cleanup(buf_free) struct buf text = BUF_INIT;
	struct invitation_offer o;
	struct invitation_request r = request_of(w->joiner, "phone"), got;
	ok(invitation_offer_encode(&w->offer, &text));
	ok(invitation_offer_decode(buf_span(&text), &o));
	text.p[text.len - 1] = 1;
	assert_int_equal(invitation_offer_decode(buf_span(&text), &o), ERR_DAMAGED);
	text.p[text.len - 1] = 0;
	assert_int_equal(invitation_offer_decode(SPAN(text.p, text.len - 1), &o), ERR_DAMAGED);
	text.p[0] = 2;
	assert_int_equal(invitation_offer_decode(buf_span(&text), &o), ERR_VERSION);
	buf_clear(&text);
	ok(invitation_request_encode(&r, &text));
	for (size_t n = 0; n < text.len; n += 13)
		assert_int_equal(invitation_request_decode(SPAN(text.p, n), &got), ERR_DAMAGED);
	text.p[1 + 32 + 2] = 2; /* a suite that is not known */
	assert_int_equal(invitation_request_decode(buf_span(&text), &got), ERR_DAMAGED);
}

static void a_reply_carries_a_join(void **state)
{
	struct world *w = *state;
	cleanup(buf_free) struct buf out = BUF_INIT;
	cleanup(invitation_reply_free) struct invitation_reply a = { .join = BUF_INIT };
	answer_of(&a);
	buf_clear(&a.join);
	statement_incarnation(&a.join);
	assert_int_equal(invitation_reply_seal(&w->v, w->joiner->box_key, w->asked_hash, &a, &out), ERR_INVAL);
}

static void the_number_is_of_offer_and_request(void **state)
{
	struct world *w = *state;
	uint32_t n, same, other;
	ok(invitation_number(&w->v, w->offer.hash, w->asked_hash, &n));
	ok(invitation_number(&w->v, w->offer.hash, w->asked_hash, &same));
	assert_int_equal(n, same);
	assert_true(n < INVITATION_NUMBERS);
	ok(invitation_number(&w->v, w->offer.hash, hash_of(9), &other));
	assert_int_not_equal(n, other);
	ok(invitation_number(&w->v, hash_of(9), w->asked_hash, &other));
	assert_int_not_equal(n, other);
}

/* -- what the other program made: it opens here, and its text is made here byte for byte -------------------------- */

static struct key filled(int n)
{
	struct key k;
	memset(k.b, n, sizeof(k.b));
	return k;
}

/* of_case: code, vault and genesis as invite.py has them. */
static struct invitation of_case(const struct vector *c)
{
	struct invitation v = { .cipher = (enum cipher)c->value[0][0] };
	uint8_t bytes[INVITATION_CODE];
	for (uint8_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(50 + i);
	for (uint8_t i = 0; i < sizeof(v.vault.b); i++)
		v.vault.b[i] = i;
	for (uint8_t i = 0; i < sizeof(v.genesis.b); i++)
		v.genesis.b[i] = (uint8_t)(32 + i);
	ok(invitation_of(bytes, &v));
	return v;
}

static void same(struct span got, struct span wanted)
{
	assert_int_equal(span_cmp(got, wanted), 0);
}

static struct hash hash_over(struct span bytes)
{
	struct hash h;
	ok(crypto_sha256(bytes, &h));
	return h;
}

static void check_offer(const struct invitation *v, const struct vector *c, struct buf *text)
{
	const struct key seed = filled(60);
	struct invitation_offer o;
	uint8_t box_key[BOX_KEY];
	ok(invitation_offer_open(v, vector_get(c, "sealed"), &o));
	ok(invitation_offer_encode(&o, text));
	box_key_of(&seed, box_key);
	assert_int_equal(o.until, 1700000000 + 86400);
	assert_memory_equal(o.box_key, box_key, BOX_KEY);
}

static void check_request(const struct invitation *v, struct hash offer, const struct vector *c, struct buf *text)
{
	const struct key seed = filled(60);
	struct span sealed = vector_get(c, "sealed"), number = vector_get(c, "number");
	struct invitation_request r;
	struct rd in = RD(number);
	uint32_t n;
	ok(invitation_request_open(v, offer, &seed, sealed, &r));
	ok(invitation_request_encode(&r, text));
	assert_string_equal(r.name, "\303\204nnes Telefon");
	ok(invitation_number(v, offer, hash_over(sealed), &n));
	assert_int_equal(n, rd_u32(&in));
}

static void check_reply(const struct invitation *v, struct hash request, const struct vector *c, struct buf *text)
{
	const struct key seed = filled(4);
	cleanup(invitation_reply_free) struct invitation_reply a = { .join = BUF_INIT };
	ok(invitation_reply_open(v, &seed, request, vector_get(c, "sealed"), &a));
	ok(invitation_reply_encode(&a, text));
	const bool first = v->cipher == CIPHER_AES256GCM;
	assert_int_equal(a.epoch, first ? 1 : 4);
	assert_int_equal(a.positions.n, first ? 0 : 3);
	assert_int_equal(a.mix.b[0], 104);
	assert_int_equal(a.first.b[0], 7);
	assert_int_equal(a.root.b[31], first ? 7 : 8);
}

static void the_vectors_open_and_are_made_alike(void **state)
{
	struct vector c;
	struct hash before = HASH_ZERO; /* of the object before */
	unsigned n = 0;
	(void)state;
	for (FILE *f = vectors_open("invite.txt"); vectors_next(f, &c); n++) {
		const enum invitation_object which = (enum invitation_object)(n % 3);
		const struct invitation v = of_case(&c);
		cleanup(buf_free) struct buf text = BUF_INIT;
		char name[ID_TEXT], wanted[ID_TEXT];
		ok(invitation_name(&v, which, name));
		id_hex(id_from(vector_get(&c, "object").p), wanted);
		assert_string_equal(name, wanted);
		if (which == INVITATION_OFFER)
			check_offer(&v, &c, &text);
		else if (which == INVITATION_REQUEST)
			check_request(&v, before, &c, &text);
		else
			check_reply(&v, before, &c, &text);
		same(buf_span(&text), vector_get(&c, "text"));
		before = hash_over(vector_get(&c, "sealed"));
	}
	assert_int_equal(n, 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(all_goes_round, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_code_opens_the_offer_alone, set_up, tear_down),
		cmocka_unit_test_setup_teardown(another_code_opens_nothing_and_has_other_names, set_up, tear_down),
		cmocka_unit_test_setup_teardown(another_vault_opens_nothing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(each_is_bound_to_the_one_before, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_same_request_is_the_same_bytes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_request_has_to_prove_its_key, set_up, tear_down),
		cmocka_unit_test_setup_teardown(names_that_cannot_be_are_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(every_flipped_byte_is_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(all_objects_look_alike, set_up, tear_down),
		cmocka_unit_test_setup_teardown(texts_are_canonical, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_reply_carries_a_join, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_number_is_of_offer_and_request, set_up, tear_down),
		cmocka_unit_test(the_vectors_open_and_are_made_alike),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT
 * Bodies of statements: what is not written, and so not read. That what is written is read back: test_vault_vectors.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "tests/unit/vault_members.h"
#include "vault/objects/guide.h"
#include "vault/objects/mailbox.h"

static err_t put(const struct statement *s)
{
	cleanup(buf_free) struct buf out = BUF_INIT;
	err_t e = statement_put_body(&out, s);
	if (e)
		return e;
	cleanup(statement_free) struct statement back = { 0 };
	ok(statement_get_body(&(struct signer_said){ .kind = (uint8_t)s->kind, .body = buf_span(&out) }, &back));
	return ERR_OK;
}

/* ends_of: `n` streams, one behind the other. */
static err_t ends_of(enum signer_statement kind, size_t n)
{
	cleanup_free struct stream_end *v = calloc(n, sizeof(*v));
	assert_non_null(v);
	for (size_t i = 0; i < n; i++)
		v[i] = (struct stream_end){ i + 1, 1, hash_of(1) };
	return put(&(struct statement){ .kind = kind, .ends = { v, n, n } });
}

static void test_ends(void **state)
{
	(void)state;
	ok(ends_of(SIGNER_INCARNATION, STATEMENT_INCARNATION_MAX));
	assert_int_equal(ends_of(SIGNER_INCARNATION, STATEMENT_INCARNATION_MAX + 1), ERR_INVAL);
	ok(ends_of(SIGNER_REVOKE, STATEMENT_REVOKE_MAX));
	assert_int_equal(ends_of(SIGNER_REVOKE, STATEMENT_REVOKE_MAX + 1), ERR_INVAL);
	static const struct {
		struct stream_end end;
		bool ends, kept; /* whether an INCARNATION may say it, and a REVOKE */
	} all[] = {
		{ { 1, 1, { { 1 } } }, true, true },
		{ { 1, 0, { { 0 } } }, true, false }, /* of a stream that is not named nothing counts */
		{ { 1, 0, { { 1 } } }, false, false },
		{ { 1, 1, { { 0 } } }, false, false },
		{ { 0, 1, { { 1 } } }, false, false },
	};
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		struct stream_end e = all[i].end;
		struct statement s = { .kind = SIGNER_INCARNATION, .ends = { &e, 1, 1 } }, close = { SIGNER_CLOSE };
		assert_int_equal(put(&s), all[i].ends ? ERR_OK : ERR_INVAL);
		s.kind = SIGNER_REVOKE;
		assert_int_equal(put(&s), all[i].kept ? ERR_OK : ERR_INVAL);
		close.end = e;
		assert_int_equal(put(&close), all[i].ends ? ERR_OK : ERR_INVAL);
	}
	struct stream_end two[] = { { 2, 1, hash_of(1) }, { 2, 2, hash_of(1) } };
	assert_int_equal(put(&(struct statement){ .kind = SIGNER_REVOKE, .ends = { two, 2, 2 } }), ERR_INVAL);
}

static void test_pins(void **state)
{
	(void)state;
	struct statement revoke = { .kind = SIGNER_REVOKE, .pin = { 1, HASH_ZERO } };
	assert_int_equal(put(&revoke), ERR_INVAL);
	revoke.pin = (struct statement_pin){ 0, hash_of(1) };
	assert_int_equal(put(&revoke), ERR_INVAL);
	struct statement slot = { .kind = SIGNER_SLOT, .who = newcomer(SIGNER_RECOVERY) };
	ok(put(&slot)); /* one that replaces none */
	slot.pin = (struct statement_pin){ 1, hash_of(1) };
	assert_int_equal(put(&slot), ERR_INVAL);
	slot.id = id_of(1);
	ok(put(&slot));
	slot.who.kind = SIGNER_PASSPHRASE; /* replaces none */
	assert_int_equal(put(&slot), ERR_INVAL);
	slot.who.kind = SIGNER_DEVICE;
	assert_int_equal(put(&slot), ERR_INVAL);
}

static void test_boxes_and_keys(void **state)
{
	(void)state;
	struct statement slot = { .kind = SIGNER_SLOT, .who = newcomer(SIGNER_RECOVERY) };
	struct span other_suite = SPAN("\2?", 2);
	slot.boxes.n = 1;
	const struct root_box good[] = { { 1, hash_of(1), box_of(1, 145) },
		                         { 2, hash_of(1), box_of(1, 177) },
		                         { 2, hash_of(1), other_suite } };
	const struct root_box bad[] = { { 0, hash_of(1), box_of(1, 177) },
		                        { 1, hash_of(1), box_of(1, 177) },
		                        { 2, hash_of(1), box_of(1, 145) },
		                        { 2, hash_of(1), SPAN("\0?", 2) },
		                        { 2, hash_of(1), SPAN("", 0) } };
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		slot.boxes.v[0] = good[i];
		ok(put(&slot));
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		slot.boxes.v[0] = bad[i];
		assert_int_equal(put(&slot), ERR_INVAL);
	}
	slot.boxes.n = 2;
	slot.boxes.v[0] = slot.boxes.v[1] = good[1];
	assert_int_equal(put(&slot), ERR_INVAL);
	slot.boxes.v[1].epoch_id = hash_of(2);
	ok(put(&slot)); /* two epochs that share a number */
	static const struct {
		const char *key;
		size_t len;
		bool good;
	} keys[] = { { "\1k", 2, false }, { "", 0, false }, { "\0k", 2, false }, { "\2k", 2, true } };
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		struct statement join = { .kind = SIGNER_JOIN, .who = newcomer(SIGNER_DEVICE), .proof = fill(8, 64) };
		join.who.box_key = SPAN(keys[i].key, keys[i].len);
		assert_int_equal(put(&join), keys[i].good ? ERR_OK : ERR_INVAL);
	}
}

static void test_what_is_signed(void **state)
{
	(void)state;
	cleanup(buf_free) struct buf said = BUF_INIT, message = BUF_INIT, want = BUF_INIT;
	struct signer_said s;
	statement_join(&said);
	assert_true(signer_statement(buf_span(&said), &s));
	ok(signer_message(id_of(1), hash_of(2), &s, &message));
	buf_put(&want, "cloudseal statement", 20);
	buf_id(&want, id_of(1));
	buf_hash(&want, hash_of(2));
	buf_put(&want, said.p, said.len - SIGNER_SIG);
	assert_int_equal(span_cmp(buf_span(&message), buf_span(&want)), 0);
	struct signer_new who = newcomer(SIGNER_DEVICE);
	buf_clear(&message);
	buf_clear(&want);
	ok(statement_proof_message(id_of(1), hash_of(2), &who, &message));
	buf_put(&want, "cloudseal device", 17);
	buf_id(&want, id_of(1));
	buf_hash(&want, hash_of(2));
	buf_put(&want, who.sign_key, 32);
	buf_put(&want, who.box_key.p, 33);
	assert_int_equal(span_cmp(buf_span(&message), buf_span(&want)), 0);
}

static void test_starts_that_nobody_writes(void **state)
{
	(void)state;
	cleanup(buf_free) struct buf out = BUF_INIT;
	struct hash causes[] = { hash_of(7), hash_of(6) };
	struct epoch_box boxes[] = { { id_of(2), box_of(2, 177) }, { id_of(2), box_of(3, 177) } };
	assert_int_equal(epoch_put_start(&out, &(struct epoch_start){ .number = 1 }), ERR_INVAL);
	assert_int_equal(epoch_put_start(&out, &(struct epoch_start){ 2, causes, 2, 2, { 0 }, { 0 } }), ERR_INVAL);
	assert_int_equal(epoch_put_start(&out, &(struct epoch_start){ .number = 2, .slots = { boxes, 2, 2 } }),
	                 ERR_INVAL);
	assert_int_equal(epoch_put_recipients(&out, &(struct epoch_boxes){ boxes, 2, 2 }), ERR_INVAL);
	assert_int_equal(out.len, 0);
	boxes[1].to = id_of(3);
	ok(epoch_put_start(&out, &(struct epoch_start){ .number = 2, .slots = { boxes, 2, 2 } }));
}

static void test_only_records_of_members(void **state)
{
	(void)state;
	cleanup(pack_free) struct pack p = PACK_INIT;
	cleanup(buf_free) struct buf key = BUF_INIT, value = BUF_INIT, out = BUF_INIT, pack = BUF_INIT;
	struct span v = record_in(0, &key, &value); /* of a file */
	ok(pack_add(&p, buf_span(&key), v));
	ok(pack_put(&p, &pack));
	assert_int_equal(mailbox_put(&out, &p), ERR_INVAL);
	assert_int_equal(guide_encode(&(struct guide){ 1, 0, buf_span(&pack) }, &out), ERR_INVAL);
	assert_int_equal(out.len, 0);
	assert_int_equal(mailbox_read(span_str("\3"), NULL, NULL), ERR_VERSION);
	assert_int_equal(mailbox_read(span_str("\1"), NULL, NULL), ERR_DAMAGED);
}

static void test_device_names_are_plain_text(void **state)
{
	(void)state;
	assert_true(signer_name_ok(span_str("laptop")));
	assert_true(signer_name_ok(span_str("\xe6\x9d\xb1\xe4\xba\xac \xf0\x9f\x92\xbb")));
	assert_false(signer_name_ok(span_str("")));
	assert_false(signer_name_ok(span_str("a\nb")));
	assert_false(signer_name_ok(span_str("\x1b[2J")));
	assert_false(signer_name_ok(span_str("\xc0\xaf")));         /* overlong */
	assert_false(signer_name_ok(span_str("\xed\xa0\x80")));     /* surrogate */
	assert_false(signer_name_ok(span_str("\xe6\x9d")));         /* cut off */
	assert_false(signer_name_ok(span_str("\xf4\x90\x80\x80"))); /* past the last character */
	assert_false(signer_name_ok(span_str("\xc2\x85")));         /* a control character of the second kind */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_pins),
		cmocka_unit_test(test_boxes_and_keys),
		cmocka_unit_test(test_what_is_signed),
		cmocka_unit_test(test_starts_that_nobody_writes),
		cmocka_unit_test(test_only_records_of_members),
		cmocka_unit_test(test_device_names_are_plain_text),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

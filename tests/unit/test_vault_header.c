/* SPDX-License-Identifier: MIT
 * The header from outside: what opens it, and that nothing a store can do to its bytes gives another vault.
 */
#include "util/cleanup.h"
#include "vault/keys/header_parts.h"
#include "vault/keys/keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

static const struct kdf_params cheap = { KDF_FLOOR_KIB, 1, 1 };
static const struct key device_seed = { { 77 } };
#define PASS "correct horse"

struct vault { /* made once for all tests: an Argon2id run costs tens of milliseconds */
	struct header *h;
	struct keyring *keyring;
	char *recovery;
	uint8_t secret[16];
	struct buf bytes;
};

static struct vault make_vault(const char *pass)
{
	struct vault v = { 0 };
	struct vault_create c = {
		.passphrase = span_str(pass), .kdf = cheap, .device_name = "desk", .now = 1700000000
	};
	c.device_seed = &device_seed;
	memset(c.device_id.b, 5, sizeof(c.device_id));
	memset(c.stream.b, 6, sizeof(c.stream));
	assert_int_equal(header_create(&c, &v.h, &v.keyring, &v.recovery), ERR_OK);
	assert_int_equal(recovery_decode(v.recovery, v.secret, NULL), ERR_OK);
	assert_int_equal(header_encode(v.h, &v.bytes), ERR_OK);
	return v;
}

static void drop_vault(struct vault *v)
{
	header_freep(&v->h);
	keyring_freep(&v->keyring);
	secret_free(v->recovery);
	buf_free(&v->bytes);
}

static int set_up(void **state)
{
	struct vault *v = calloc(1, sizeof(*v));
	*v = make_vault(PASS);
	*state = v;
	return 0;
}

static int tear_down(void **state)
{
	drop_vault(*state);
	free(*state);
	return 0;
}

static struct header *decoded(struct span bytes)
{
	struct header *h = NULL;
	struct why why = { 0 };
	if (header_decode(bytes, &h, &why))
		fail_msg("does not decode: %s", why.text);
	return h;
}

/* copy_of: a header of its own with the same contents, to be changed by a test. */
static struct header *copy_of(const struct header *h)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	assert_int_equal(header_encode(h, &b), ERR_OK);
	return decoded(buf_span(&b));
}

static err_t unlock(const struct header *h, enum slot_kind kind, struct span secret, struct key *root)
{
	cleanup(keyring_freep) struct keyring *keyring = NULL;
	cleanup(slot_freep) struct slot *slot = NULL;
	struct why why = { 0 };
	err_t e = header_unlock(h, kind, secret, &keyring, &slot, &why);
	if (e) {
		assert_null(keyring);
		assert_null(slot);
		assert_true(why.text[0]);
		return e;
	}
	assert_non_null(roster_find(&h->live, slot_id(slot)));
	return keyring_epoch_root(keyring, keyring_claimed(keyring), root);
}

static void assert_opens(const struct header *h, enum slot_kind kind, struct span secret, const struct keyring *want)
{
	struct key a, b;
	assert_int_equal(keyring_epoch_root(want, keyring_epoch(want), &a), ERR_OK);
	assert_int_equal(unlock(h, kind, secret, &b), ERR_OK);
	assert_memory_equal(&a, &b, sizeof(a));
}

static void both_secrets_open_what_was_created(void **state)
{
	struct vault *v = *state;
	cleanup(header_freep) struct header *h = decoded(buf_span(&v->bytes));
	struct public_keys device;
	assert_opens(h, SLOT_PASSPHRASE, span_str(PASS), v->keyring);
	assert_opens(h, SLOT_RECOVERY, SPAN(v->secret, 16), v->keyring);
	assert_true(id_eq(header_vault(h), keyring_vault(v->keyring)));
	assert_true(hash_eq(header_genesis(h), keyring_genesis(v->keyring)));
	assert_int_equal(keys_from_seed(&device_seed, &device), ERR_OK);
	assert_memory_equal(header_first_device_key(h), device.sign, 32);
	assert_int_equal(header_first_device(h).b[15], 5);
	assert_int_equal(header_first_stream(h).b[15], 6);
}

static void encoding_is_a_function_of_the_contents(void **state)
{
	struct vault *v = *state;
	cleanup(header_freep) struct header *h = decoded(buf_span(&v->bytes));
	cleanup(buf_free) struct buf again = BUF_INIT;
	buf_u8(&again, 1); /* encode appends */
	assert_int_equal(header_encode(h, &again), ERR_OK);
	assert_int_equal(again.len, v->bytes.len + 1);
	assert_memory_equal(again.p + 1, v->bytes.p, v->bytes.len);
}

static void a_wrong_secret_is_told_as_such(void **state)
{
	struct vault *v = *state;
	struct key root;
	uint8_t other[16] = { 1 };
	assert_int_equal(unlock(v->h, SLOT_PASSPHRASE, span_str("wrong"), &root), ERR_WRONGKEY);
	assert_int_equal(unlock(v->h, SLOT_RECOVERY, SPAN(other, 16), &root), ERR_WRONGKEY);
	assert_int_equal(unlock(v->h, SLOT_DEVICE, SPAN(other, 16), &root), ERR_WRONGKEY);
}

static void create_refuses_a_weak_kdf_and_an_empty_passphrase(void **state)
{
	(void)state;
	struct header *h = NULL;
	struct keyring *keyring = NULL;
	char *text = NULL;
	struct vault_create c = { .passphrase = span_str("x"), .kdf = cheap, .device_name = "desk" };
	c.device_seed = &device_seed;
	c.kdf.memory_kib--;
	assert_int_equal(header_create(&c, &h, &keyring, &text), ERR_LIMIT);
	c.kdf = cheap;
	c.passphrase.len = 0;
	assert_int_equal(header_create(&c, &h, &keyring, &text), ERR_INVAL);
	assert_null(h);
	assert_null(keyring);
	assert_null(text);
}

/* --- what a store can do to the bytes --- */
static void reseal_frame(struct buf *b)
{
	struct hash sum;
	assert_int_equal(crypto_sha256(SPAN(b->p, b->len - HASH_LEN), &sum), ERR_OK);
	hash_put(b->p + b->len - HASH_LEN, sum);
}

static void every_flipped_byte_is_damage(void **state)
{
	struct vault *v = *state;
	for (size_t i = 0; i < v->bytes.len; i++) {
		struct header *h = NULL;
		struct why why = { 0 };
		v->bytes.p[i] ^= 1 << i % 8;
		assert_int_equal(header_decode(buf_span(&v->bytes), &h, &why), ERR_DAMAGED);
		assert_true(why.text[0]);
		assert_null(h);
		v->bytes.p[i] ^= 1 << i % 8;
	}
}

/* With the checksum made right again: either an error, or the recovery key opens the same root. */
static void every_forged_byte_is_refused_or_harmless(void **state)
{
	struct vault *v = *state;
	struct key want, got;
	size_t harmless = 0;
	assert_int_equal(keyring_epoch_root(v->keyring, 1, &want), ERR_OK);
	for (size_t i = 0; i + HASH_LEN < v->bytes.len; i++) {
		cleanup(header_freep) struct header *h = NULL;
		v->bytes.p[i] ^= 1 << i % 8;
		reseal_frame(&v->bytes);
		err_t e = header_decode(buf_span(&v->bytes), &h, NULL);
		if (!e)
			e = unlock(h, SLOT_RECOVERY, SPAN(v->secret, 16), &got);
		if (!e) {
			assert_memory_equal(&want, &got, sizeof(want));
			harmless++;
		}
		v->bytes.p[i] ^= 1 << i % 8;
	}
	reseal_frame(&v->bytes);
	/* what the recovery key does not need: the other slot's wrap and root (and, where it stands last, its epoch),
	 * hints, compatible features */
	assert_true(harmless <= WRAPPED_LEN + 32 + 12 + SEALED_LEN + 4 + 8 + 4);
}

static void every_truncation_is_damage(void **state)
{
	struct vault *v = *state;
	for (size_t n = 0; n < v->bytes.len; n++) {
		struct header *h = NULL;
		cleanup(buf_free) struct buf b = BUF_INIT;
		buf_put(&b, v->bytes.p, n);
		assert_int_equal(header_decode(buf_span(&b), &h, NULL), ERR_DAMAGED);
		if (n >= HASH_LEN) { /* as if it had been written like that */
			reseal_frame(&b);
			assert_int_equal(header_decode(buf_span(&b), &h, NULL), ERR_DAMAGED);
		}
		assert_null(h);
	}
}

static void trailing_bytes_are_damage(void **state)
{
	struct vault *v = *state;
	struct header *h = NULL;
	cleanup(buf_free) struct buf b = BUF_INIT;
	buf_put(&b, v->bytes.p, v->bytes.len);
	buf_u8(&b, 0);
	assert_int_equal(header_decode(buf_span(&b), &h, NULL), ERR_DAMAGED);
	reseal_frame(&b);
	assert_int_equal(header_decode(buf_span(&b), &h, NULL), ERR_DAMAGED);
}

/* version_said: what is said of a version; "": it is opened. */
static const char *version_said(unsigned version, err_t *ret)
{
	static struct why why;
	why = (struct why){ 0 };
	*ret = header_version_check(version, &why);
	return why.text;
}

/* Whoever has a vault of format 1 is told what to do. */
static void a_format_that_is_not_opened_any_more_says_what_to_do(void **state)
{
	struct vault *v = *state;
	struct header *h = NULL;
	struct why why = { 0 };
	cleanup(buf_free) struct buf b = BUF_INIT;
	err_t e;
	assert_string_equal(version_said(2, &e), "");
	assert_int_equal(e, ERR_OK);
	assert_string_equal(version_said(1, &e),
	                    "the vault was made by a development version; copy your files out with it");
	assert_int_equal(e, ERR_VERSION);
	assert_non_null(strstr(version_said(3, &e), "a newer version is needed"));
	assert_int_equal(e, ERR_VERSION);
	assert_string_equal(
	        version_said(0, &e),
	        "The vault's header looks tampered with. Do not enter your passphrase again (it has no version)");
	assert_int_equal(e, ERR_DAMAGED);
	buf_put(&b, v->bytes.p, v->bytes.len);
	b.p[16] = 1;
	reseal_frame(&b);
	assert_int_equal(header_decode(buf_span(&b), &h, &why), ERR_VERSION);
	assert_non_null(strstr(why.text, "made by a development version"));
}

static void a_newer_format_or_unknown_feature_asks_for_a_newer_version(void **state)
{
	struct vault *v = *state;
	struct header *h = NULL;
	struct why why = { 0 };
	cleanup(buf_free) struct buf b = BUF_INIT;
	buf_put(&b, v->bytes.p, v->bytes.len);
	b.p[16] = 3;
	reseal_frame(&b);
	assert_int_equal(header_decode(buf_span(&b), &h, &why), ERR_VERSION);
	assert_non_null(strstr(why.text, "newer"));
	b.p[16] = 2;
	b.p[18] = 4; /* incompatible feature */
	why.text[0] = 0;
	reseal_frame(&b);
	assert_int_equal(header_decode(buf_span(&b), &h, &why), ERR_VERSION);
	assert_non_null(strstr(why.text, "newer"));
	b.p[18] = 0;
	b.p[22] = 4; /* compatible feature: kept */
	reseal_frame(&b);
	h = decoded(buf_span(&b));
	cleanup(buf_free) struct buf again = BUF_INIT;
	assert_int_equal(header_encode(h, &again), ERR_OK);
	assert_memory_equal(again.p, b.p, b.len);
	header_freep(&h);
}

static void the_header_says_of_what_format_the_records_are(void **state)
{
	struct vault *v = *state;
	struct header *h = NULL;
	cleanup(buf_free) struct buf b = BUF_INIT;
	buf_put(&b, v->bytes.p, v->bytes.len);
	assert_int_equal(b.p[16], 2);
	b.p[16] = 0;
	reseal_frame(&b);
	assert_int_equal(header_decode(buf_span(&b), &h, NULL), ERR_DAMAGED);
}

static void kdf_parameters_out_of_bounds_are_refused_before_any_work(void **state)
{
	struct vault *v = *state;
	struct key root;
	static const struct kdf_params bad[] = {
		{ KDF_CEILING_KIB + 1, 1, 1 },
		{ UINT32_MAX, 1, 1 },
		{ KDF_FLOOR_KIB - 1, 1, 1 },
		{ KDF_FLOOR_KIB, KDF_MAX_PASSES + 1, 1 },
		{ KDF_FLOOR_KIB, 0, 1 },
		{ KDF_FLOOR_KIB, 1, 0 },
		{ KDF_FLOOR_KIB, 1, KDF_MAX_LANES + 1 },
		{ 0, 0, 0 },
	};
	cleanup(header_freep) struct header *h = copy_of(v->h);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		for (size_t w = 0; w < h->nwraps; w++)
			if (h->wraps[w].kind == SLOT_PASSPHRASE)
				h->wraps[w].kdf = bad[i];
		cleanup(header_freep) struct header *again = copy_of(h);
		assert_int_equal(unlock(again, SLOT_PASSPHRASE, span_str(PASS), &root), ERR_LIMIT);
		assert_opens(again, SLOT_RECOVERY, SPAN(v->secret, 16), v->keyring);
	}
}

static void swapped_wraps_open_nothing(void **state)
{
	struct vault *v = *state;
	struct key root;
	uint8_t t[WRAPPED_LEN];
	cleanup(header_freep) struct header *h = copy_of(v->h);
	memcpy(t, h->wraps[0].wrapped, sizeof(t));
	memcpy(h->wraps[0].wrapped, h->wraps[1].wrapped, sizeof(t));
	memcpy(h->wraps[1].wrapped, t, sizeof(t));
	assert_int_equal(unlock(h, SLOT_PASSPHRASE, span_str(PASS), &root), ERR_WRONGKEY);
	assert_int_equal(unlock(h, SLOT_RECOVERY, SPAN(v->secret, 16), &root), ERR_WRONGKEY);
}

static void swapped_sealed_roots_are_refused(void **state)
{
	struct vault *v = *state;
	struct key root;
	uint8_t t[SEALED_LEN];
	cleanup(header_freep) struct header *h = copy_of(v->h);
	memcpy(t, h->epoch_roots[0].sealed, sizeof(t));
	memcpy(h->epoch_roots[0].sealed, h->epoch_roots[1].sealed, sizeof(t));
	memcpy(h->epoch_roots[1].sealed, t, sizeof(t));
	assert_int_equal(unlock(h, SLOT_RECOVERY, SPAN(v->secret, 16), &root), ERR_DAMAGED);
}

/* The store knows every slot's public key, and could make a vault of its own with the same slots' names. */
static void wraps_do_not_open_under_a_foreign_genesis(void **state)
{
	struct vault *v = *state;
	struct key root;
	struct vault foreign = make_vault(PASS);
	struct header *h = foreign.h;
	for (size_t i = 0; i < 2; i++) { /* our victim's wraps in the foreign header, under the foreign slots' names */
		struct id id;
		struct wrap *to = &h->wraps[i];
		const struct wrap *from = v->h->wraps[0].kind == to->kind ? &v->h->wraps[0] : &v->h->wraps[1];
		id = to->id;
		*to = *from;
		to->id = id;
	}
	assert_int_equal(unlock(h, SLOT_RECOVERY, SPAN(v->secret, 16), &root), ERR_WRONGKEY);
	assert_int_equal(unlock(h, SLOT_PASSPHRASE, span_str(PASS), &root), ERR_WRONGKEY);
	drop_vault(&foreign);
}

/* Someone who once had the passphrase knows the seed, and wraps it in a header of another vault. */
static void a_seed_wrapped_for_another_genesis_is_refused(void **state)
{
	struct vault *v = *state;
	struct key root;
	cleanup(header_freep) struct header *h = copy_of(v->h), *other = copy_of(v->h);
	cleanup(key_wipe) struct key seed = { 0 };
	other->genesis_hash.b[0] ^= 1;
	for (size_t i = 0; i < h->nwraps; i++)
		if (h->wraps[i].kind == SLOT_RECOVERY) {
			assert_int_equal(slot_unwrap(h, &h->wraps[i], SPAN(v->secret, 16), &seed), ERR_OK);
			assert_int_equal(slot_wrap(other, &h->wraps[i], SPAN(v->secret, 16), &seed), ERR_OK);
		}
	assert_int_equal(unlock(h, SLOT_RECOVERY, SPAN(v->secret, 16), &root), ERR_DAMAGED);
}

static void a_wrap_of_another_seed_is_refused(void **state)
{
	struct vault *v = *state;
	struct keyring *keyring = NULL;
	struct slot *slot = NULL;
	struct why why = { 0 };
	struct key seed = { { 9 } };
	cleanup(header_freep) struct header *h = copy_of(v->h);
	for (size_t i = 0; i < h->nwraps; i++)
		if (h->wraps[i].kind == SLOT_RECOVERY)
			assert_int_equal(slot_wrap(h, &h->wraps[i], SPAN(v->secret, 16), &seed), ERR_OK);
	assert_int_equal(header_unlock(h, SLOT_RECOVERY, SPAN(v->secret, 16), &keyring, &slot, &why), ERR_DAMAGED);
	assert_non_null(strstr(why.text, "slot of the recovery key")); /* the slot, not the roots it fails to open */
}

static void lists_that_no_encoder_writes_are_refused(void **state)
{
	struct vault *v = *state;
	for (int what = 0; what < 6; what++) {
		cleanup(header_freep) struct header *h = copy_of(v->h);
		cleanup(buf_free) struct buf b = BUF_INIT;
		struct header *none = NULL;
		struct wrap w = h->wraps[0];
		struct sealed_epoch_root r = h->epoch_roots[0];
		if (what == 0) { /* not the id of epoch 1 */
			h->epoch_roots[0].id.b[0] ^= 1;
			h->epoch_roots[1].id.b[0] ^= 1;
		} else if (what == 1) { /* out of order */
			h->wraps[0] = h->wraps[1];
			h->wraps[1] = w;
		} else if (what == 2) {
			h->epoch_roots[0] = h->epoch_roots[1];
			h->epoch_roots[1] = r;
		} else if (what == 3) { /* twice */
			h->wraps[1] = w;
		} else if (what == 4) { /* a slot that is not there */
			h->epoch_roots[1].slot.b[0] = 0xff;
			h->epoch_roots[1].slot.b[1] ^= 1;
		} else { /* a recovery key has no work factor */
			size_t at = h->wraps[0].kind == SLOT_RECOVERY ? 0 : 1;
			h->wraps[at].kdf.passes = 1;
		}
		assert_int_equal(header_encode(h, &b), ERR_OK);
		assert_int_equal(header_decode(buf_span(&b), &none, NULL), ERR_DAMAGED);
		assert_null(none);
	}
}

/* Anyone can seal a root to a slot's public key. */
static void a_root_that_genesis_does_not_commit_to_is_refused(void **state)
{
	struct vault *v = *state;
	struct key root, mine = { { 66 } };
	cleanup(header_freep) struct header *h = copy_of(v->h);
	cleanup(keyring_freep) struct keyring *keyring =
	        keyring_new(h->genesis.cipher, h->genesis.vault, h->genesis_hash);
	assert_int_equal(keyring_add(keyring, 1, h->genesis_hash, &mine), ERR_OK);
	assert_int_equal(header_seal_epoch_roots(h, keyring), ERR_OK);
	assert_int_equal(unlock(h, SLOT_RECOVERY, SPAN(v->secret, 16), &root), ERR_DAMAGED);
	assert_int_equal(unlock(h, SLOT_PASSPHRASE, span_str(PASS), &root), ERR_DAMAGED);
}

/* ... also as the root of a later epoch, beside the genuine first one. */
static void a_later_root_by_someone_without_the_first_is_refused(void **state)
{
	struct vault *v = *state;
	struct key root, mine = { { 66 } }, first = { { 67 } };
	static const struct hash id = { { 8 } };
	cleanup(header_freep) struct header *h = copy_of(v->h);
	cleanup(keyring_freep) struct keyring *keyring =
	        keyring_new(h->genesis.cipher, h->genesis.vault, h->genesis_hash);
	assert_int_equal(keyring_add(keyring, 1, h->genesis_hash, &first), ERR_OK);
	assert_int_equal(keyring_add(keyring, 2, id, &mine), ERR_OK);
	assert_int_equal(header_seal_epoch_roots(h, keyring), ERR_OK);
	assert_int_equal(h->nepoch_roots, 4);
	memcpy(h->epoch_roots, v->h->epoch_roots, 2 * sizeof(h->epoch_roots[0])); /* genuine epoch 1 */
	assert_int_equal(unlock(h, SLOT_RECOVERY, SPAN(v->secret, 16), &root), ERR_DAMAGED);
}

static void a_missing_root_is_told(void **state)
{
	struct vault *v = *state;
	struct key root;
	cleanup(header_freep) struct header *h = copy_of(v->h);
	h->nepoch_roots = 0;
	assert_int_equal(unlock(h, SLOT_RECOVERY, SPAN(v->secret, 16), &root), ERR_DAMAGED);
}

static void the_newest_root_is_sealed_beside_the_first(void **state)
{
	struct vault *v = *state;
	static const struct hash id2 = { { 8 } }, id3 = { { 9 } };
	struct key root1, root = { { 2 } }, root3 = { { 3 } };
	cleanup(header_freep) struct header *h = copy_of(v->h);
	cleanup(keyring_freep) struct keyring *keyring =
	        keyring_new(h->genesis.cipher, h->genesis.vault, h->genesis_hash);
	assert_int_equal(keyring_epoch_root(v->keyring, 1, &root1), ERR_OK);
	assert_int_equal(keyring_add(keyring, 1, h->genesis_hash, &root1), ERR_OK);
	assert_int_equal(keyring_add(keyring, 2, id2, &root), ERR_OK);
	assert_int_equal(keyring_add(keyring, 3, id3, &root3), ERR_OK);
	assert_int_equal(header_seal_epoch_roots(h, keyring), ERR_OK);
	cleanup(header_freep) struct header *again = copy_of(h);
	assert_int_equal(again->nepoch_roots, 4);
	assert_opens(again, SLOT_PASSPHRASE, span_str(PASS), keyring);
	assert_int_equal(header_seal_epoch_roots(again, v->keyring), ERR_INVAL); /* never back to an older epoch */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_secrets_open_what_was_created),
		cmocka_unit_test(encoding_is_a_function_of_the_contents),
		cmocka_unit_test(a_wrong_secret_is_told_as_such),
		cmocka_unit_test(create_refuses_a_weak_kdf_and_an_empty_passphrase),
		cmocka_unit_test(every_flipped_byte_is_damage),
		cmocka_unit_test(every_forged_byte_is_refused_or_harmless),
		cmocka_unit_test(every_truncation_is_damage),
		cmocka_unit_test(trailing_bytes_are_damage),
		cmocka_unit_test(a_format_that_is_not_opened_any_more_says_what_to_do),
		cmocka_unit_test(a_newer_format_or_unknown_feature_asks_for_a_newer_version),
		cmocka_unit_test(the_header_says_of_what_format_the_records_are),
		cmocka_unit_test(kdf_parameters_out_of_bounds_are_refused_before_any_work),
		cmocka_unit_test(swapped_wraps_open_nothing),
		cmocka_unit_test(swapped_sealed_roots_are_refused),
		cmocka_unit_test(wraps_do_not_open_under_a_foreign_genesis),
		cmocka_unit_test(a_seed_wrapped_for_another_genesis_is_refused),
		cmocka_unit_test(a_wrap_of_another_seed_is_refused),
		cmocka_unit_test(lists_that_no_encoder_writes_are_refused),
		cmocka_unit_test(a_root_that_genesis_does_not_commit_to_is_refused),
		cmocka_unit_test(a_later_root_by_someone_without_the_first_is_refused),
		cmocka_unit_test(a_missing_root_is_told),
		cmocka_unit_test(the_newest_root_is_sealed_beside_the_first),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}

/* SPDX-License-Identifier: MIT
 * The header of format 2: what is accepted encodes to the same bytes again, and whatever it opens to, or is made of, it
 * holds: making it again of what was made is the same. Its closing checksum is made right first, since a fuzzer would
 * never guess it; the recovery key is that of the seeds (tests/vectors/header.py). Genesis and who signed it are the
 * same in nearly all inputs, so signatures and key agreements are looked up (tests/fuzz/memo.h).
 */
#include "fuzz.h"
#include "memo.h"
#include "secret_heap.h"
#include "vault/join/group_encode.h"
#include "vault/join/records.h"
#include "vault/join/vault_key.h"
#include "vault/keys/header_make.h"
#include "vault/keys/header_open.h"
#include "vault/members/signature.h"

#define CHECK(x)                                                                                                       \
	do {                                                                                                           \
		if (!(x))                                                                                              \
			abort();                                                                                       \
	} while (0)

static void open_it(const struct header *h)
{
	struct header_opened o = { 0 };
	struct why why = { 0 };
	uint8_t key[16];
	for (uint8_t i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)(200 + i);
	const struct header_secret secret = { SIGNER_RECOVERY, SPAN(key, sizeof(key)), NULL, NULL };
	err_t e = header_open(h, &secret, &o, &why);
	CHECK(!e == !!o.slot && !e == !!o.keyring && !e == !why.text[0]);
	if (!e)
		CHECK(keyring_epoch(o.keyring) == 1);
	secret_freep(&o.slot);
	keyring_freep(&o.keyring);
}

/* genesis_record: all that the map has. */
static void genesis_record(const struct header *h, struct records *t)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	cleanup(buf_free) struct buf value = BUF_INIT;
	struct vault_key key = vault_key_of(&(struct vault_name){ .kind = SHARED_GENESIS });
	size_t map = group_open(&r, 1, GROUP_MAP, STAMP_ZERO);
	group_close(&r, group_key(&r, STAMP_ZERO, buf_span(&h->genesis)));
	group_close(&r, map);
	CHECK(!record_encode(&r, &value) && !records_put(t, vault_key_span(&key), buf_span(&value)));
}

/* make_it: by who knows genesis alone and finds this header. */
static void make_it(const struct header *h)
{
	cleanup(records_free) struct records t = RECORDS_INIT;
	cleanup(roster_free) struct roster r = { 0 };
	cleanup(header_free) struct header one = { 0 }, two = { 0 };
	cleanup(buf_free) struct buf a = BUF_INIT, b = BUF_INIT;
	struct signature_of of = { h->g.vault, h->genesis_hash };
	struct roster_named named[GENESIS_SIGNERS_MAX];
	size_t n;
	CHECK(!genesis_named(&h->g, named, &n));
	genesis_record(h, &t);
	CHECK(!roster_make(&(struct roster_basis){ named, n, signature_check, &of }, NULL, 0, &r));
	struct view v = records_view(&t);
	struct header_basis basis = { &v, &r, h->g.vault, h->genesis_hash };
	CHECK(!header_make(&basis, h, &one) && !header_make(&basis, &one, &two));
	CHECK(!header_encode(&one, &a) && !header_encode(&two, &b));
	fuzz_same(&b, a.p, a.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup(header_free) struct header h = { 0 };
	cleanup(buf_free) struct buf in = BUF_INIT, out = BUF_INIT;
	struct why why = { 0 };
	struct hash sum;
	if (size < HASH_LEN)
		return 0;
	buf_put(&in, data, size);
	if (buf_ok(&in) || crypto_sha256(SPAN(data, size - HASH_LEN), &sum))
		abort();
	hash_put(in.p + size - HASH_LEN, sum);
	if (header_decode(buf_span(&in), &h, &why))
		return 0;
	if (header_encode(&h, &out))
		abort();
	fuzz_same(&out, in.p, in.len);
	open_it(&h);
	make_it(&h);
	return 0;
}

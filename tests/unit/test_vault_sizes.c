/* SPDX-License-Identifier: MIT
 * What a store can measure: sizes of objects of format 2, with the real codecs. Nobody learns from them what a secret
 * beside a chosen text is, whether a byte or 4 KiB changed, whether one file is new or ten.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "tests/unit/join_util.h"
#include "vault/join/content.h"
#include "vault/join/group_encode.h"
#include "vault/join/inode_head.h"
#include "vault/join/vault_key.h"
#include "vault/objects/block.h"
#include "vault/objects/commit.h"
#include "vault/objects/head.h"
#include "vault/objects/object.h"
#include "vault/objects/pack.h"
#include "vault/objects/segment.h"

#define STREAM UINT64_C(0x8877665544332211)
#define FIRST_INO (UINT64_C(0x9a3c5511e7) << 24)
#define SECRET "password: kZ7#mq of the other account, kept in a file of its own"

static const struct epoch_at epoch = { .vault = { { 1 } }, .genesis = { { 2 } }, .number = 1, .id = { { 2 } } };
static const struct key objects = { { 5 } }, blocks = { { 7 } }, seed = { { 6 } };
static const uint8_t file_key[32] = { 8 };

/* What one changeset makes of a store. */
struct made {
	struct records said;
	uint64_t lamport;
	struct packed_block block[16];
	size_t blocks;
	size_t plain, commit, segment; /* bytes of the commit's plaintext, of the objects; segment 0: none */
};

static void made_free(struct made *m)
{
	records_free(&m->said);
}

static struct stamp tick(struct made *m)
{
	return (struct stamp){ 1000 + ++m->lamport, STREAM, 300 };
}

/* -- what is done -------------------------------------------------------------------------------------------------- */

static void take(struct made *m, struct draft *d)
{
	ok(records_add_all(&m->said, draft_records(d)));
	draft_end(d);
}

/* save: inline contents of a file that is there. */
static void save(struct made *m, uint64_t ino, struct span text)
{
	struct draft d;
	struct stamp s = tick(m);
	struct version_id id = { s, { { 1 } } };
	struct version_rec v = version_of(ino, id, "");
	v.size = text.len;
	buf_put(&v.payload, text.p, text.len);
	if (!text.len)
		v.contents = CONTENTS_NONE;
	draft_begin(&d, NULL);
	ok(draft_put_version(&d, &v));
	version_rec_free(&v);
	take(m, &d);
}

static void make_file(struct made *m, uint64_t i, const char *name, struct span text)
{
	struct draft d;
	struct stamp s = tick(m);
	struct inode_head h = { .ino = FIRST_INO + i, .type = 8, .birth = { { (uint8_t)i } } };
	struct link_rec l = link_of(h.ino, LID_FIRST, s, name);
	struct attr_times times = { { 1795966476, 1 }, { 1795966476, 5 }, { 1795966476, 1 } };
	cleanup(buf_free) struct buf mode = BUF_INIT, mtime = BUF_INIT, all = BUF_INIT;
	attr_put_mode(&mode, &(struct attr_mode){ .permissions = 0644 });
	attr_put_time(&mtime, times.change);
	attr_put_times(&all, &times);
	draft_begin(&d, NULL);
	ok(draft_put_head(&d, &h));
	ok(draft_put_link(&d, &l));
	ok(draft_put_attr(&d, h.ino, ATTR_MODE, s, buf_span(&mode)));
	ok(draft_put_attr(&d, h.ino, ATTR_MTIME, s, buf_span(&mtime)));
	ok(draft_put_attr(&d, h.ino, ATTR_TIMES, s, buf_span(&all)));
	take(m, &d);
	save(m, h.ino, text);
}

/* seal: a block of `data`, which will be in the segment. */
static struct id seal(struct made *m, struct span data)
{
	const struct block_keys keys = { CIPHER_AES256GCM, &blocks, file_key };
	cleanup(buf_free) struct buf out = BUF_INIT;
	struct hash h;
	ok(block_seal(&keys, data, &out, &h));
	m->block[m->blocks++] = (struct packed_block){ h, (uint32_t)data.len, short_epoch_of(1, epoch.id) };
	return block_id(h);
}

static void put_value(struct made *m, const struct vault_name *n, struct span bytes)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	cleanup(buf_free) struct buf value = BUF_INIT;
	struct vault_key key = vault_key_of(n);
	group_value(&r, 1, STAMP_ZERO, bytes);
	ok(record_encode(&r, &value));
	ok(records_put(&m->said, vault_key_span(&key), buf_span(&value)));
}

/* change: `length` bytes at `at` of a large file: a child of its contents, with one window. */
static void change(struct made *m, uint32_t at, uint32_t length)
{
	static uint8_t data[BLOCK_SIZE];
	cleanup(buf_free) struct buf content = BUF_INIT, window = BUF_INIT;
	struct window_extent x = { at, length, seal(m, SPAN(data, length)), 0 };
	struct vault_name n = { .kind = SHARED_CONTENT, .id = { { 9 } } };
	ok(content_put(&content, &(struct content_rec){ true, { { 4 } }, 3u << 20 }));
	ok(content_put_extents(&window, &(struct window_extents){ .v = &x, .n = 1 }));
	put_value(m, &n, buf_span(&content));
	n.kind = SHARED_EXTENTS;
	put_value(m, &n, buf_span(&window));
	struct draft d;
	struct stamp s = tick(m);
	struct version_rec v = { .ino = FIRST_INO, .id = { s, n.id }, .root = { s, n.id } };
	v.contents = CONTENTS_ID;
	v.size = 3u << 20;
	buf_put(&v.payload, n.id.b, ID_LEN);
	buf_put(&v.payload, file_key, sizeof(file_key));
	draft_begin(&d, NULL);
	ok(draft_put_version(&d, &v));
	version_rec_free(&v);
	take(m, &d);
}

/* -- what the store sees ------------------------------------------------------------------------------------------- */

static void pack_blocks(struct made *m)
{
	cleanup(segment_facts_free) struct segment_facts f = { 0 };
	cleanup(buf_free) struct buf value = BUF_INIT;
	struct vault_name n = { .kind = SHARED_SEGMENT };
	if (!m->blocks)
		return;
	ok(segment_make(m->block, m->blocks, &f));
	ok(segment_put_record(&f, &n.id, &value));
	struct vault_key key = vault_key_of(&n);
	ok(records_put(&m->said, vault_key_span(&key), buf_span(&value)));
	m->segment = (size_t)segment_size(&f);
}

static void finish(struct made *m)
{
	const struct object_place at = { &epoch, &objects, CIPHER_AES256GCM, OBJECT_COMMIT,
		                         "0123456789abcdef0123456789abcdef" };
	cleanup(pack_free) struct pack p = PACK_INIT;
	cleanup(buf_free) struct buf pack = BUF_INIT, plain = BUF_INIT, sealed = BUF_INIT;
	struct commit c = { .stream = STREAM, .n = 300, .parts = 1, .previous = { { 1 } }, .rules = 1 };
	struct hash h;
	pack_blocks(m);
	for (size_t i = 0; i < m->said.n; i++)
		ok(pack_add(&p, records_key(m->said.v[i]), buf_span(&m->said.v[i]->value)));
	ok(pack_put(&p, &pack));
	c.lamport = 1000 + m->lamport;
	c.pack = buf_span(&pack);
	ok(commit_encode(&c, &plain));
	ok(object_seal(&at, buf_span(&plain), &seed, &sealed, &h));
	m->plain = plain.len;
	m->commit = sealed.len;
}

/* -- tests --------------------------------------------------------------------------------------------------------- */

/* guess: the first `right` bytes are the secret's. */
static void guess_of(char out[sizeof(SECRET)], size_t right)
{
	memset(out, '?', sizeof(SECRET) - 1);
	memcpy(out, SECRET, right);
	out[sizeof(SECRET) - 1] = 0;
}

/* chosen: what somebody chose beside the secret in one changeset: contents, a name, an xattr. */
static size_t chosen(const char *text, const char *name)
{
	cleanup(made_free) struct made m = { .lamport = 0 };
	struct draft d;
	struct xattr_value x = { .ino = FIRST_INO, .hash = 7, .name = name_of("user.note") };
	make_file(&m, 0, "secret.txt", span_str(SECRET));
	make_file(&m, 1, name, span_str(text));
	draft_begin(&d, NULL);
	x.stamp = tick(&m);
	buf_put(&x.value, text, strlen(text));
	ok(draft_put_xattr(&d, &x));
	buf_free(&x.value);
	take(&m, &d);
	finish(&m);
	return m.plain;
}

/* Not a byte, so no padding has to hide it. */
static void a_guess_beside_a_secret_says_nothing(void **state)
{
	(void)state;
	char guess[sizeof(SECRET)];
	guess_of(guess, 0);
	size_t wrong = chosen(guess, "chosen.txt");
	for (size_t right = 1; right < sizeof(SECRET); right++) {
		guess_of(guess, right);
		assert_int_equal(chosen(guess, "chosen.txt"), wrong);
	}
	assert_int_equal(chosen(guess, "secret.tx_"), wrong); /* nor a name that begins like the secret's */
}

static void zeros_are_as_long_as_noise(void **state)
{
	(void)state;
	static uint8_t text[1000];
	size_t plain[2];
	for (unsigned noise = 0; noise < 2; noise++) {
		cleanup(made_free) struct made m = { .lamport = 0 };
		if (noise)
			ok(crypto_random(text, sizeof(text)));
		make_file(&m, 0, "a", SPAN(text, sizeof(text)));
		(void)seal(&m, SPAN(text, sizeof(text)));
		finish(&m);
		plain[noise] = m.plain;
	}
	assert_int_equal(plain[0], plain[1]);
}

static void one_byte_and_four_kib_changed_look_alike(void **state)
{
	(void)state;
	const uint32_t lengths[] = { 1, 100, 4096 };
	for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
		cleanup(made_free) struct made m = { .lamport = 0 };
		change(&m, 8192, lengths[i]);
		finish(&m);
		assert_int_equal(m.commit, 4096);
		assert_int_equal(m.segment, 8192);
	}
}

static size_t files_made(unsigned n, struct span text)
{
	cleanup(made_free) struct made m = { .lamport = 0 };
	for (unsigned i = 0; i < n; i++) {
		char name[24];
		snprintf(name, sizeof(name), "file%05u.txt", i);
		make_file(&m, i, name, text);
	}
	finish(&m);
	return m.commit;
}

static void one_new_file_and_ten_look_alike(void **state)
{
	(void)state;
	assert_int_equal(files_made(1, span_str("")), 4096);
	assert_int_equal(files_made(10, span_str("")), 4096);
	assert_int_equal(files_made(10, span_str("a line of forty bytes, which many have.\n")), 4096);
	assert_int_equal(files_made(100, span_str("")), files_made(80, span_str(""))); /* powers of two, not 10 % */
}

/* Whatever is said in one. */
static void heads_look_alike(void **state)
{
	(void)state;
	const struct object_place at = { &epoch, &objects, CIPHER_AES256GCM, OBJECT_HEAD,
		                         "0123456789abcdef0123456789abcdef" };
	for (size_t n = 1; n <= 50; n += 49) {
		cleanup(buf_free) struct buf plain = BUF_INIT, sealed = BUF_INIT;
		struct applied_entry v[50] = { 0 };
		struct head h = { .stream = STREAM, .counter = n, .rules = 1, .lamport = n };
		struct hash hash;
		for (size_t i = 0; i < n; i++)
			v[i] = (struct applied_entry){ { { (uint8_t)(i + 1) } }, 1000000, { { 1 } } };
		h.applied = (struct applied){ .v = v, .n = n };
		ok(head_encode(&h, &plain));
		ok(object_seal(&at, buf_span(&plain), &seed, &sealed, &hash));
		assert_int_equal(sealed.len, 4096);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_guess_beside_a_secret_says_nothing),
		cmocka_unit_test(zeros_are_as_long_as_noise),
		cmocka_unit_test(one_byte_and_four_kib_changed_look_alike),
		cmocka_unit_test(one_new_file_and_ten_look_alike),
		cmocka_unit_test(heads_look_alike),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

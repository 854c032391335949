/* SPDX-License-Identifier: MIT
 * What a created file costs in a commit (docs/format.md, "What a created file costs"): 10,000 files of 4 KiB in one
 * directory, each made in one operation and written in another.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "crypto/crypto.h"
#include "tests/unit/join_util.h"
#include "vault/join/group_encode.h"
#include "vault/join/inode_head.h"
#include "vault/join/segment.h"
#include "vault/join/vault_key.h"
#include "vault/objects/commit_check.h"
#include "vault/objects/object.h"
#include "vault/objects/pack.h"

#define FILES 10000
#define STREAM UINT64_C(0x8877665544332211)
#define SEC INT64_C(1795966476)
#define FIRST_INO (UINT64_C(0x9a3c5511e7) << 24)
#define LOW 2534  /* tenths of a byte a file */
#define HIGH 2694 /* of another owner */

static void give(struct attr *a, struct stamp s, const struct buf *value)
{
	*a = (struct attr){ .there = true, .stamp = s };
	buf_put(&a->value, value->p, value->len);
}

static void put_attributes(struct inode_head *h, struct stamp made, struct stamp written, bool owned)
{
	cleanup(buf_free) struct buf mode = BUF_INIT, time = BUF_INIT, times = BUF_INIT, uid = BUF_INIT;
	struct attr_times t = { { SEC, 1 }, { SEC, 5 }, { SEC, 1 } };
	attr_put_mode(&mode, &(struct attr_mode){ .permissions = 0644 });
	attr_put_time(&time, t.change);
	attr_put_times(&times, &t);
	attr_put_u32(&uid, 1001);
	give(&h->attr[ATTR_MODE], made, &mode);
	give(&h->attr[ATTR_MTIME], written, &time);
	give(&h->attr[ATTR_TIMES], written, &times);
	if (!owned)
		return;
	give(&h->attr[ATTR_UID], made, &uid);
	give(&h->attr[ATTR_GID], made, &uid);
}

/* put_contents: one block. */
static void put_contents(struct draft *d, uint64_t ino, struct stamp s)
{
	struct version_id id = { s, ID_ZERO };
	ok(crypto_random(id.tag.b, ID_LEN));
	cleanup(version_rec_free) struct version_rec v = {
		.ino = ino, .id = id, .root = id, .time = SEC, .root_time = SEC
	};
	v.contents = CONTENTS_BLOCK;
	v.size = 4096;
	ok(crypto_random(buf_extend(&v.payload, VERSION_PAYLOAD), VERSION_PAYLOAD));
	ok(draft_put_version(d, &v));
}

static void put_file(struct pack *p, unsigned i, bool owned)
{
	cleanup(draft_end) struct draft d;
	uint64_t ino = FIRST_INO + 1 + i, lamport = 100000 + 2 * (uint64_t)i;
	struct stamp made = { lamport, STREAM, 300 }, written = { lamport + 1, STREAM, 300 };
	cleanup(inode_head_free) struct inode_head h = { .ino = ino, .type = 8 };
	char name[14];
	draft_begin(&d, NULL);
	snprintf(name, sizeof(name), "file%05u.txt", i);
	ok(crypto_random(h.birth.b, ID_LEN));
	put_attributes(&h, made, written, owned);
	struct link_rec l = link_of(ino, LID_FIRST, made, name);
	l.where.at.dir = FIRST_INO;
	ok(draft_put_head(&d, &h));
	ok(draft_put_link(&d, &l));
	put_contents(&d, ino, written);
	const struct records *said = draft_records(&d);
	assert_int_equal(said->n, 1);
	ok(pack_add(p, records_key(said->v[0]), buf_span(&said->v[0]->value)));
}

/* put_segments: where the blocks are. */
static void put_segments(struct records *t)
{
	struct short_epoch epoch = { .number = 1 };
	static struct segment_block blocks[SEGMENT_BLOCKS_MAX];
	for (unsigned left = FILES; left > 0;) {
		cleanup(record_free) struct record r = RECORD_INIT;
		cleanup(buf_free) struct buf facts = BUF_INIT, out = BUF_INIT;
		struct segment_facts f = { .epochs = &epoch, .epochs_n = 1, .blocks = blocks };
		struct vault_name n = { .kind = SHARED_SEGMENT };
		f.blocks_n = MIN(left, SEGMENT_BLOCKS_MAX);
		left -= (unsigned)f.blocks_n;
		for (size_t i = 0; i < f.blocks_n; i++) {
			blocks[i] = (struct segment_block){ .length = 4096 };
			ok(crypto_random(blocks[i].hash.b, HASH_LEN));
		}
		ok(crypto_random_id(&f.salt));
		ok(segment_put_facts(&facts, &f));
		ok(segment_id(buf_span(&facts), &n.id));
		group_value(&r, 1, STAMP_ZERO, buf_span(&facts));
		ok(record_encode(&r, &out));
		struct vault_key k = vault_key_of(&n);
		ok(records_put(t, vault_key_span(&k), buf_span(&out)));
	}
}

/* check: by the rules for commits. */
static void check_commit(struct span plain)
{
	struct commit_part part = { .bytes = plain.len };
	struct position p = { STREAM, 300, ID_ZERO };
	struct vv vv = { .v = &p, .n = 1 };
	struct commit_basis b = { .vv = &vv, .rules = 1, .epoch = 1 };
	enum refusal why;
	ok(commit_decode(plain, &part.c));
	ok(commit_check(&part, 1, &b, &why));
	assert_int_equal(why, REFUSED_NOT);
	commit_free(&part.c);
}

/* size_of: bytes of the commit; *object: with the one that it is sealed in. */
static size_t size_of(bool owned, uint64_t *object)
{
	cleanup(pack_free) struct pack p = PACK_INIT;
	cleanup(records_free) struct records segments = RECORDS_INIT;
	cleanup(buf_free) struct buf pack = BUF_INIT, out = BUF_INIT, frame = BUF_INIT;
	for (unsigned i = 0; i < FILES; i++)
		put_file(&p, i, owned);
	put_segments(&segments);
	for (size_t i = 0; i < segments.n; i++)
		ok(pack_add(&p, records_key(segments.v[i]), buf_span(&segments.v[i]->value)));
	ok(pack_put(&p, &pack));
	struct commit c = {
		.stream = STREAM, .n = 300, .parts = 1, .lamport = 200000, .rules = 1, .pack = buf_span(&pack)
	};
	c.previous.b[0] = 1;
	ok(commit_encode(&c, &out));
	check_commit(buf_span(&out));
	ok(frame_put(&frame, &(struct frame){ .is_signed = true, .contents = buf_span(&out) }));
	*object = ENVELOPE_LEN + frame.len;
	print_message("%s: %.1f bytes a file, %zu in all, %llu as an object\n",
	              owned ? "another owner" : "the vault's owner", (double)out.len / FILES, out.len,
	              (unsigned long long)*object);
	return out.len;
}

/* tenths: of a byte a file, rounded. */
static size_t tenths(size_t len)
{
	return (10 * len + FILES / 2) / FILES;
}

static void test_created_files(void **state)
{
	(void)state;
	uint64_t object;
	size_t len = size_of(false, &object);
	assert_int_equal(tenths(len), LOW);
	assert_true(object <= 3000000);
	len = size_of(true, &object);
	assert_int_equal(tenths(len), HIGH);
	assert_true(object <= 3000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_created_files) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}

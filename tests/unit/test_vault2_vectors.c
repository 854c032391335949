/* SPDX-License-Identifier: MIT
 * What lies on the store in format 2, against tests/vectors/vault2.py, which knows nothing of this code: the vectors
 * that it made, and whether it accepts what is accepted here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "tests/unit/join_random.h"
#include "tests/vectors.h"
#include "vault/join/content.h"
#include "vault/join/epoch2.h"
#include "vault/join/group_decode.h"
#include "vault/join/group_encode.h"
#include "vault/join/known.h"
#include "vault/join/signer.h"
#include "vault/join/segment.h"
#include "vault/join/varint.h"
#include "vault/objects/commit2.h"
#include "vault/objects/head2.h"
#include "vault/objects/manifest2.h"
#include "vault/objects/pack2.h"
#include "vault/objects/vv.h"

#define ok(e) assert_int_equal(e, ERR_OK)
#define CHECK "python3 " TEST_VECTORS "/vault2.py --check"
#define STREAM UINT64_C(0x8877665544332211)
#define OTHER UINT64_C(0x9000000000000000)

static struct id id_of(uint8_t n)
{
	struct id a;
	memset(a.b, n, ID_LEN);
	return a;
}

/* -- the values of the vectors, as the other program has them --------------------------------------------------------
 */

static void positions_none(struct buf *out)
{
	ok(vv_put(out, &(struct vv){ 0 }));
}

static void positions_branches(struct buf *out)
{
	struct position p[] = { { STREAM, 5, id_of(2) },
		                { STREAM, 7, id_of(1) },
		                { OTHER, UINT64_C(1) << 63, id_of(3) } };
	ok(vv_put(out, &(struct vv){ .v = p, .n = ARRAY_LEN(p) }));
}

/* record_in: number `i` of four: two that have stamps, one of a version to come, one without a stamp. */
static struct span record_in(unsigned i, struct buf *key, struct buf *value)
{
	static const struct stamp stamps[] = { { 5, STREAM, 1 }, { 6, OTHER, 2 }, { 5, STREAM, 3 } };
	static const uint8_t kind[] = { 0x40, 0x40, 0x40, 0x51 };
	buf_u8(key, kind[i]);
	if (i < 3)
		buf_u64be(key, i == 0 ? 7 : 8);
	if (i == 2) {
		buf_put(key, "x", 1);
		buf_put(value, "\3\xff", 2);
		return buf_span(value);
	}
	buf_put(value, "\2", 1);
	varint_put(value, i == 0 ? 2 : i == 1);
	for (unsigned k = i == 1 ? 2 : 0; i < 2 && k < (i == 0 ? 2u : 3u); k++)
		stamp_put(value, stamps[k]);
	buf_put(value, i < 2 ? "\1\1\1\1\2ab" : "\1\1\0\1a", i < 2 ? 7 : 5);
	return buf_span(value);
}

/* pack_of: of records `from` to before `to`. */
static void pack_of(struct buf *out, unsigned from, unsigned to)
{
	cleanup(pack2_free) struct pack2 p = PACK2_INIT;
	for (unsigned i = from; i < to; i++) {
		cleanup(buf_free) struct buf key = BUF_INIT, value = BUF_INIT;
		struct span v = record_in(i, &key, &value);
		ok(pack2_add(&p, buf_span(&key), v));
	}
	ok(pack2_put(&p, out));
	assert_true(out->len <= pack2_bound(&p));
}

static void pack_none(struct buf *out)
{
	pack_of(out, 0, 0);
}

static void pack_some(struct buf *out)
{
	pack_of(out, 0, 4);
}

static struct hash hash_of(uint8_t n)
{
	struct hash h;
	memset(h.b, n, HASH_LEN);
	return h;
}

/* commit_of: with records `from` to before `to`; the last part of one alone. */
static void commit_of(struct commit2 *c, unsigned from, unsigned to, struct buf *out)
{
	cleanup(buf_free) struct buf pack = BUF_INIT;
	pack_of(&pack, from, to);
	c->stream = STREAM;
	c->time = INT64_C(1795966476) * 1000000000;
	c->lamport = 6;
	for (uint8_t i = 0; i < ID_LEN; i++)
		c->nonce.b[i] = (uint8_t)(0x30 + i);
	c->rules = 1;
	c->digest = hash_of(1);
	c->pack = buf_span(&pack);
	ok(commit2_encode(c, out));
}

static void commit_first(struct buf *out)
{
	commit_of(&(struct commit2){ .n = 1, .parts = 1 }, 0, 2, out);
}

static void commit_part(struct buf *out)
{
	commit_of(&(struct commit2){ .n = 300, .parts = 2 }, 0, 1, out);
}

static void commit_last(struct buf *out)
{
	struct position p = { OTHER, 5, id_of(2) };
	struct span purge[] = { span_str("\x43\x61"), span_str("\x48\x62") };
	struct extension ext[] = { { 1, span_str("") }, { 200, span_str("ext") } };
	const struct hash part = hash_of(5);
	struct commit2 c = { .n = 300, .part = 1, .parts = 2, .previous = hash_of(9), .vv = { .v = &p, .n = 1 } };
	c.has_checkpoint = true;
	c.manifest = id_of(3);
	c.manifest_hash = hash_of(4);
	c.purge = (struct key_list){ .v = purge, .n = 2 };
	c.part_hashes = part.b;
	c.extensions = (struct extensions){ .v = ext, .n = 2 };
	commit_of(&c, 1, 4, out);
}

static void put_box(struct buf *out, uint8_t n)
{
	uint8_t box[177];
	memset(box, n, sizeof(box));
	box[0] = 1;
	buf_id(out, id_of(n));
	buf_blob16(out, SPAN(box, sizeof(box)));
}

static void start_one(struct buf *out)
{
	buf_u8(out, 1);
	buf_u32(out, 7);
	buf_u16(out, 2);
	buf_hash(out, hash_of(6));
	buf_hash(out, hash_of(7));
	buf_hash(out, hash_of(8)); /* commitment */
	buf_u16(out, 1);
	put_box(out, 1);
}

static void commit_epoch(struct buf *out)
{
	cleanup(buf_free) struct buf start = BUF_INIT, recipients = BUF_INIT;
	start_one(&start);
	buf_u16(&recipients, 2);
	put_box(&recipients, 2);
	put_box(&recipients, 3);
	commit_of(
	        &(struct commit2){ .n = 1, .parts = 1, .start = buf_span(&start), .recipients = buf_span(&recipients) },
	        0, 0, out);
}

static void facts_two(struct buf *out)
{
	struct short_epoch epochs[2] = { { .number = 1 }, { .number = 300 } };
	struct segment_block blocks[2] = { { hash_of(4), 131072, 1 }, { hash_of(5), 3, 0 } };
	memset(epochs[0].id, 2, 8);
	memset(epochs[1].id, 3, 8);
	ok(segment_put_facts(out, &(struct segment_facts){ id_of(1), epochs, 2, 2, blocks, 2, 2 }));
}

static void record_content(struct buf *out)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	cleanup(buf_free) struct buf key = BUF_INIT, value = BUF_INIT;
	struct id content = id_of(2);
	buf_u64(&key, STREAM);
	memcpy(content.b, key.p, key.len);
	assert_true(content_stream(content) == STREAM);
	buf_clear(&key);
	buf_u8(&key, 0x46);
	buf_id(&key, content);
	ok(content_put(&value, &(struct content_rec){ true, id_of(3), UINT64_C(1) << 40 }));
	group_value(&r, 1, STAMP_ZERO, buf_span(&value));
	blob_put(out, buf_span(&key));
	ok(record_encode(&r, out));
}

static void record_extents(struct buf *out)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	cleanup(buf_free) struct buf value = BUF_INIT;
	struct window_extent x[] = { { 4096, 4096, id_of(4), 0 }, { 131072, 131072, id_of(5), 0 } };
	ok(content_put_extents(&value, &(struct window_extents){ .v = x, .n = 2 }));
	group_value(&r, 1, STAMP_ZERO, buf_span(&value));
	buf_u8(out, 1 + ID_LEN + 4);
	buf_u8(out, 0x47);
	buf_u64(out, STREAM);
	buf_put(out, id_of(2).b, 8);
	buf_put(out, "\0\0\0\1", 4);
	ok(record_encode(&r, out));
}

static struct head2 head_base(void)
{
	struct head2 h = {
		.stream = STREAM, .counter = 9, .time = INT64_C(1795966476) * 1000000000, .rules = 1, .lamport = 300
	};
	h.digest = hash_of(1);
	return h;
}

static void head_bare(struct buf *out)
{
	struct head2 h = head_base();
	ok(head2_encode(&h, out));
}

static void get_entries(struct applied_entry v[3])
{
	v[0] = (struct applied_entry){ hash_of(1), 5, id_of(2) };
	v[1] = (struct applied_entry){ hash_of(1), 7, id_of(3) };
	v[2] = (struct applied_entry){ hash_of(4), 300, id_of(5) };
}

static void head_full(struct buf *out)
{
	struct applied_entry entries[3];
	struct extension ext = { 7, span_str("ext") };
	struct head2 h = head_base();
	get_entries(entries);
	h.flags = HEAD2_SETTLED;
	h.features = UINT64_C(1) << 63;
	h.applied = (struct applied){ .v = entries, .n = 3 };
	h.has_checkpoint = true;
	h.manifest = id_of(6);
	h.manifest_hash = hash_of(7);
	h.manifest_epoch = 3;
	h.manifest_epoch_id = hash_of(8);
	h.extensions = (struct extensions){ .v = &ext, .n = 1 };
	ok(head2_encode(&h, out));
}

static void manifest_full(struct buf *out)
{
	struct applied_entry entries[3];
	struct extension ext = { 1, span_str("x") };
	struct behind behind[] = { { 0, 2, 0 }, { 2, 0, 4 } };
	struct chunk2 chunks[] = { { id_of(6), hash_of(7), 4096 }, { id_of(8), hash_of(9), MANIFEST2_CHUNK_MAX } };
	struct manifest2 m = { .stream = STREAM, .lamport = 300, .rules = 1, .records = 1000 };
	get_entries(entries);
	m.digest = hash_of(1);
	m.tree = hash_of(2);
	m.applied = (struct applied){ .v = entries, .n = 3 };
	m.behind = behind;
	m.chunks = chunks;
	m.behind_n = m.chunks_n = 2;
	m.extensions = (struct extensions){ .v = &ext, .n = 1 };
	ok(manifest2_encode(&m, out));
}

/* -- what is accepted, which comes back byte for byte
 * ------------------------------------------------------------------ */

static err_t recode_positions(struct span in, struct buf *out)
{
	cleanup(vv_free) struct vv a = { 0 };
	struct rd r = RD(in);
	err_t e = vv_get(&r, &a);
	if (!e && !rd_end(&r))
		e = ERR_DAMAGED;
	return e ? e : vv_put(out, &a);
}

static err_t add(void *ctx, struct span key, struct span value)
{
	return pack2_add(ctx, key, value);
}

static err_t recode_pack(struct span in, struct buf *out)
{
	cleanup(pack2_free) struct pack2 p = PACK2_INIT;
	err_t e = pack2_read(in, NULL, NULL);
	if (e)
		return e;
	ok(pack2_read(in, add, &p));
	return pack2_put(&p, out);
}

static err_t recode_commit(struct span in, struct buf *out)
{
	cleanup(commit2_free) struct commit2 c = { 0 };
	err_t e = commit2_decode(in, &c);
	return e ? e : commit2_encode(&c, out);
}

static err_t recode_facts(struct span in, struct buf *out)
{
	cleanup(segment_facts_free) struct segment_facts f = { 0 };
	err_t e = segment_get_facts(in, &f);
	return e ? e : segment_put_facts(out, &f);
}

static err_t copy(bool good, struct span in, struct buf *out)
{
	buf_put(out, in.p, in.len);
	return good ? buf_ok(out) : ERR_DAMAGED;
}

static err_t recode_statement(struct span in, struct buf *out)
{
	struct signer_said s;
	struct signer_new m;
	return copy(signer_statement(in, &s) && signer_new_of(&s, &m) != ERR_DAMAGED, in, out);
}

static err_t recode_start(struct span in, struct buf *out)
{
	uint32_t number;
	return copy(epoch2_start_ok(in, &number), in, out);
}

static err_t recode_record(struct span in, struct buf *out)
{
	struct rd r = RD(in);
	struct span key = blob_get(&r), value = SPAN(r.p, r.left);
	cleanup(record_free) struct record rec = RECORD_INIT;
	err_t e = r.bad || !key.len || *(const uint8_t *)key.p < 0x45 ? ERR_DAMAGED : known_check(key, value);
	if (e)
		return e;
	blob_put(out, key);
	ok(record_decode(value, &rec));
	return record_encode(&rec, out);
}

static err_t recode_head(struct span in, struct buf *out)
{
	cleanup(head2_free) struct head2 h = { 0 };
	err_t e = head2_decode(in, &h);
	return e ? e : head2_encode(&h, out);
}

static err_t recode_manifest(struct span in, struct buf *out)
{
	cleanup(manifest2_free) struct manifest2 m = { 0 };
	err_t e = manifest2_decode(in, &m);
	return e ? e : manifest2_encode(&m, out);
}

static const struct kind {
	const char *name;
	err_t (*recode)(struct span in, struct buf *out);
} kinds[] = {
	{ "positions", recode_positions }, { "pack", recode_pack },           { "commit", recode_commit },
	{ "facts", recode_facts },         { "statement", recode_statement }, { "start", recode_start },
	{ "record", recode_record },       { "head", recode_head },           { "manifest", recode_manifest },
};

static const struct kind *kind_of(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (!strncmp(name, kinds[i].name, strlen(kinds[i].name)) && name[strlen(kinds[i].name)] == '-')
			return &kinds[i];
	fail_msg("no kind of %s", name);
	return NULL;
}

static void check_named(const struct vector *v, void (*make)(struct buf *out))
{
	cleanup(buf_free) struct buf out = BUF_INIT, again = BUF_INIT;
	if (make)
		make(&out);
	else
		buf_put(&out, vector_get(v, "bytes").p, vector_get(v, "bytes").len);
	assert_int_equal(span_cmp(buf_span(&out), vector_get(v, "bytes")), 0);
	ok(kind_of(v->name[0])->recode(buf_span(&out), &again));
	assert_int_equal(span_cmp(buf_span(&out), buf_span(&again)), 0);
}

static void test_vectors(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		void (*make)(struct buf *out);
	} all[] = {
		{ "positions-none", positions_none },
		{ "positions-branches", positions_branches },
		{ "pack-none", pack_none },
		{ "pack-some", pack_some },
		{ "commit-first", commit_first },
		{ "commit-part", commit_part },
		{ "commit-last", commit_last },
		/* NULL: it only has to be read; this one the other program has off docs/format.md */
		{ "commit-page", NULL },
		{ "commit-epoch", commit_epoch },
		{ "facts-two", facts_two },
		{ "statement-join", NULL },
		{ "statement-slot", NULL },
		{ "start-one", start_one },
		{ "record-place", NULL },
		{ "record-mode", NULL },
		{ "record-xattr", NULL },
		{ "record-content", record_content },
		{ "record-extents", record_extents },
		{ "record-segment", NULL },
		{ "record-super", NULL },
		{ "record-genesis", NULL },
		{ "record-statement", NULL },
		{ "record-slot", NULL },
		{ "record-device", NULL },
		{ "record-epoch", NULL },
		{ "head-bare", head_bare },
		{ "head-full", head_full },
		{ "manifest-full", manifest_full },
	};
	struct vector v;
	size_t i = 0;
	for (FILE *f = vectors_open("vault2.txt"); vectors_next(f, &v); i++) {
		assert_true(i < ARRAY_LEN(all));
		assert_string_equal(v.name[0], all[i].name);
		check_named(&v, all[i].make);
	}
	assert_int_equal(i, ARRAY_LEN(all));
}

/* -- damaged ones, for the other program
 * ------------------------------------------------------------------------------- */

static uint8_t other_byte(uint64_t *seed, uint8_t b)
{
	static const uint8_t likely[] = { 0, 1, 2, 3, 127, 128, 255 };
	switch (random_u64(seed) % 4) {
	case 0:
		return (uint8_t)(b + 1);
	case 1:
		return (uint8_t)(b - 1);
	case 2:
		return likely[random_u64(seed) % sizeof(likely)];
	default:
		return (uint8_t)random_u64(seed);
	}
}

/* damage: up to two bytes others, cut out or put in. */
static void damage(uint64_t *seed, struct buf *b)
{
	for (unsigned n = (unsigned)(random_u64(seed) % 3); n > 0 && b->len; n--) {
		size_t at = (size_t)(random_u64(seed) % b->len);
		if (!one_in(seed, 4)) {
			b->p[at] = other_byte(seed, b->p[at]);
		} else if (one_in(seed, 2)) {
			memmove(b->p + at, b->p + at + 1, b->len - at - 1);
			b->len--;
		} else {
			buf_u8(b, 0);
			memmove(b->p + at + 1, b->p + at, b->len - at - 1);
			b->p[at] = other_byte(seed, b->p[at]);
		}
	}
}

static void print_case(FILE *to, const char *name, struct span bytes)
{
	cleanup(buf_free) struct buf out = BUF_INIT;
	const struct kind *k = kind_of(name);
	err_t e = k->recode(bytes, &out);
	assert_true(e == ERR_OK || e == ERR_DAMAGED || e == ERR_VERSION || e == ERR_LIMIT);
	assert_true(e || span_cmp(buf_span(&out), bytes) == 0);
	fprintf(to, "%s x", k->name);
	for (size_t i = 0; i < bytes.len; i++)
		fprintf(to, "%02x", ((const uint8_t *)bytes.p)[i]);
	fprintf(to, " %d\n", e == ERR_OK);
}

static void test_the_other_program_agrees(void **state)
{
	(void)state;
	uint64_t seed = random_seed();
	FILE *to = popen(CHECK, "w");
	assert_non_null(to);
	struct vector v;
	for (FILE *f = vectors_open("vault2.txt"); vectors_next(f, &v);) {
		print_case(to, v.name[0], vector_get(&v, "bytes"));
		for (unsigned n = random_rounds(300, 10000); n > 0; n--) {
			cleanup(buf_free) struct buf b = BUF_INIT;
			buf_put(&b, vector_get(&v, "bytes").p, vector_get(&v, "bytes").len);
			damage(&seed, &b);
			print_case(to, v.name[0], buf_span(&b));
		}
	}
	assert_int_equal(pclose(to), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_the_other_program_agrees),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

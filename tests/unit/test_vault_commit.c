/* SPDX-License-Identifier: MIT
 * Commit, head and manifest plaintexts: canonical both ways, and no input crashes the decoders.
 */
#include "util/cleanup.h"
#include "vault/objects/objects.h"
#include "vault/records/record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "tests/vectors.h"

static void fill(uint8_t *p, size_t n, uint8_t v)
{
	memset(p, v, n);
}

static void make_changes(struct buf *b)
{
	struct rkey one = key_ino(REC_INODE, 1), two = key_ino(REC_INODE, 2);
	change_put(b, rkey_span(&one), span_str("\1x"));
	change_del(b, rkey_span(&two));
	assert_int_equal(buf_ok(b), ERR_OK);
}

/* The commit of tests/vectors/commit.txt; `b` keeps its changes. */
static struct commit sample(uint32_t part, struct buf *b)
{
	static struct hash hashes;
	struct commit c = { .n = 7, .epoch = 1, .part = part, .parts = 2 };
	for (uint8_t i = 0; i < ID_LEN; i++)
		c.stream.b[i] = (uint8_t)(100 + i);
	make_changes(b);
	c.changes = buf_span(b);
	if (part == 0)
		return c;
	c.changes.len = 16;
	c.height = 9;
	c.time = 123456789;
	fill(c.parent.b, HASH_LEN, 1);
	fill(c.digest.b, HASH_LEN, 2);
	fill(hashes.b, HASH_LEN, 4);
	c.part_hashes = hashes.b;
	fill(c.manifest.b, HASH_LEN, 5);
	fill(c.manifest_id.b, ID_LEN, 6);
	c.new_epoch = span_str("epoch");
	return c;
}

static struct stream_pos position(uint8_t v)
{
	struct stream_pos p = { .n = v };
	fill(p.stream.b, ID_LEN, v);
	fill(p.hash.b, HASH_LEN, v);
	return p;
}

static struct head sample_head(struct stream_pos *pos, size_t n)
{
	struct head h = { .n = 7, .epoch = 1, .height = 9, .time = -5, .counter = 3, .manifest_epoch = 1 };
	for (uint8_t i = 0; i < ID_LEN; i++)
		h.stream.b[i] = (uint8_t)(100 + i);
	fill(h.tip.b, HASH_LEN, 1);
	fill(h.manifest.b, HASH_LEN, 2);
	fill(h.manifest_id.b, ID_LEN, 3);
	h.applied = pos;
	h.napplied = n;
	return h;
}

static struct manifest sample_manifest(struct stream_pos *pos, struct chunk_ref *chunk)
{
	struct manifest m = { .height = 9, .records = 1000, .at = pos, .nat = 1, .chunks = chunk, .nchunks = 1 };
	fill(m.tip.b, HASH_LEN, 1);
	fill(m.digest.b, HASH_LEN, 2);
	*chunk = (struct chunk_ref){ .size = 4096 };
	fill(chunk->id.b, ID_LEN, 3);
	fill(chunk->hash.b, HASH_LEN, 4);
	return m;
}

static void encoding_gives_the_vectors(void **state)
{
	(void)state;
	struct vector v;
	unsigned cases = 0;
	struct stream_pos pos = position(1);
	for (FILE *f = vectors_open("commit.txt"); vectors_next(f, &v); cases++) {
		cleanup(buf_free) struct buf b = BUF_INIT, out = BUF_INIT;
		struct chunk_ref chunk;
		struct commit c = sample(!strcmp(v.name[0], "part1"), &b);
		struct head h = sample_head(&pos, 1);
		struct manifest m = sample_manifest(&pos, &chunk);
		if (!strcmp(v.name[0], "head"))
			assert_int_equal(head_encode(&h, &out), ERR_OK);
		else if (!strcmp(v.name[0], "manifest"))
			assert_int_equal(manifest_encode(&m, &out), ERR_OK);
		else
			assert_int_equal(commit_encode(&c, &out), ERR_OK);
		assert_int_equal(out.len, v.len[0]);
		assert_memory_equal(out.p, v.value[0], out.len);
	}
	assert_int_equal(cases, 4);
}

typedef err_t (*recode_fn)(struct span in, struct buf *out);

static err_t recode_commit(struct span in, struct buf *out)
{
	struct commit c;
	err_t e = commit_decode(in, &c);
	return e ? e : commit_encode(&c, out);
}
static err_t recode_head(struct span in, struct buf *out)
{
	struct head h;
	struct stream_pos pos[8];
	err_t e = head_decode(in, &h, pos, 8);
	return e ? e : head_encode(&h, out);
}
static err_t recode_manifest(struct span in, struct buf *out)
{
	cleanup(manifest_free) struct manifest m = { 0 };
	err_t e = manifest_decode(in, &m);
	return e ? e : manifest_encode(&m, out);
}
static err_t recode_epoch_start(struct span in, struct buf *out)
{
	struct epoch_start s;
	err_t e = epoch_start_decode(in, &s);
	return e ? e : epoch_start_encode(&s, out);
}

struct sample {
	recode_fn recode;
	struct buf value;
};

static void make_samples(struct sample s[6])
{
	cleanup(buf_free) struct buf b = BUF_INIT, b2 = BUF_INIT;
	struct stream_pos pos[2] = { position(2), position(1) }; /* not in order: the encoder sorts */
	struct chunk_ref chunk;
	static uint8_t orphans[2 * HASH_LEN], boxes[2 * EPOCH_BOX_LEN];
	memset(s, 0, 6 * sizeof(*s));
	s[0].recode = s[1].recode = s[2].recode = recode_commit;
	struct commit c = sample(0, &b);
	assert_int_equal(commit_encode(&c, &s[0].value), ERR_OK);
	c = sample(1, &b2);
	c.orphans = orphans;
	c.norphans = 2;
	assert_int_equal(commit_encode(&c, &s[1].value), ERR_OK);
	struct commit first = { .n = 1, .epoch = 1, .parts = 1, .changes = c.changes };
	assert_int_equal(commit_encode(&first, &s[2].value), ERR_OK);
	struct head h = sample_head(pos, 2);
	s[3].recode = recode_head;
	assert_int_equal(head_encode(&h, &s[3].value), ERR_OK);
	struct manifest m = sample_manifest(pos, &chunk);
	s[4].recode = recode_manifest;
	assert_int_equal(manifest_encode(&m, &s[4].value), ERR_OK);
	struct epoch_start es = { .boxes = boxes, .nboxes = 2 };
	s[5].recode = recode_epoch_start;
	assert_int_equal(epoch_start_encode(&es, &s[5].value), ERR_OK);
}

static err_t try_bytes(const struct sample *s, struct span in)
{
	cleanup(buf_free) struct buf out = BUF_INIT;
	cleanup_free void *exact = malloc(in.len + !in.len);
	assert_non_null(exact);
	if (in.len)
		memcpy(exact, in.p, in.len);
	err_t e = s->recode(SPAN(exact, in.len), &out);
	if (e == ERR_OK) {
		assert_int_equal(out.len, in.len);
		assert_memory_equal(out.p, exact, in.len);
	} else {
		assert_true(e == ERR_DAMAGED || e == ERR_VERSION);
	}
	return e;
}

static void truncations_and_mutations_never_break_canonicity(void **state)
{
	(void)state;
	struct sample list[6];
	uint64_t seed = 88172645463325252u;
	make_samples(list);
	for (size_t i = 0; i < 6; i++) {
		struct buf *v = &list[i].value;
		assert_int_equal(try_bytes(&list[i], buf_span(v)), ERR_OK);
		for (size_t n = 0; n < v->len; n++)
			(void)try_bytes(&list[i], SPAN(v->p, n));
		for (unsigned round = 0; round < 5000; round++) {
			cleanup(buf_free) struct buf m = BUF_INIT;
			buf_put(&m, v->p, v->len);
			for (unsigned k = 0; k <= round % 4; k++) {
				seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
				m.p[seed % m.len] = (uint8_t)(seed >> 32);
			}
			if (round % 8 == 7)
				buf_put(&m, &seed, 1 + seed % 8);
			(void)try_bytes(&list[i], buf_span(&m));
		}
		v->p[0] = 2;
		assert_int_equal(try_bytes(&list[i], buf_span(v)), ERR_VERSION);
		v->p[0] = 0;
		assert_int_equal(try_bytes(&list[i], buf_span(v)), ERR_DAMAGED);
		buf_free(v);
	}
}

static void every_cut_of_head_and_manifest_is_damage(void **state)
{
	(void)state;
	struct sample list[6];
	make_samples(list);
	for (size_t i = 0; i < 6; i++) {
		for (size_t n = 0; n < list[i].value.len && (i == 3 || i == 4); n++)
			assert_int_equal(try_bytes(&list[i], SPAN(list[i].value.p, n)), ERR_DAMAGED);
		buf_free(&list[i].value);
	}
}

static void a_commit_reads_back_with_its_changes(void **state)
{
	(void)state;
	struct sample list[6];
	struct commit c;
	struct span key, value;
	make_samples(list);
	assert_int_equal(commit_decode(buf_span(&list[0].value), &c), ERR_OK);
	assert_int_equal(c.part, 0);
	struct rd r = RD(c.changes);
	assert_true(change_next(&r, &key, &value));
	assert_int_equal(span_cmp(value, span_str("\1x")), 0);
	assert_true(change_next(&r, &key, &value));
	assert_null(value.p);
	assert_false(change_next(&r, &key, &value));
	assert_false(r.bad);
	assert_int_equal(commit_decode(buf_span(&list[1].value), &c), ERR_OK);
	assert_int_equal(c.norphans, 2);
	assert_int_equal(c.height, 9);
	assert_int_equal(c.manifest_id.b[3], 6);
	assert_int_equal(span_cmp(c.new_epoch, span_str("epoch")), 0);
	for (size_t i = 0; i < 6; i++)
		buf_free(&list[i].value);
}

static err_t check_two(struct span a, struct span b)
{
	cleanup(buf_free) struct buf out = BUF_INIT;
	change_put(&out, a, span_str("v"));
	change_del(&out, b);
	return buf_ok(&out) ? ERR_INVAL : changes_check(buf_span(&out));
}

static void changes_must_ascend_and_be_shared(void **state)
{
	(void)state;
	assert_int_equal(check_two(span_str("\x10"
	                                    "a"),
	                           span_str("\x10"
	                                    "b")),
	                 ERR_OK);
	assert_int_equal(check_two(span_str("\x10"), span_str("\x10"
	                                                      "b")),
	                 ERR_OK);
	assert_int_equal(check_two(span_str("\x10"
	                                    "b"),
	                           span_str("\x10"
	                                    "a")),
	                 ERR_DAMAGED);
	assert_int_equal(check_two(span_str("\x10"
	                                    "a"),
	                           span_str("\x10"
	                                    "a")),
	                 ERR_DAMAGED);
	assert_int_equal(check_two(span_str("\x10"
	                                    "a"),
	                           span_str("\x80"
	                                    "a")),
	                 ERR_INVAL); /* a local kind */
	assert_int_equal(check_two(span_str(""), span_str("\x10"
	                                                  "a")),
	                 ERR_INVAL);
	/* the same by hand, past the writer's own checks */
	static const uint8_t local[] = { 2, 0x83, 1, 0xff, 0xff, 0xff, 0xff };
	static const uint8_t empty_value[] = { 2, 0x10, 1, 0, 0, 0, 0 };
	static const uint8_t no_key[] = { 0, 0xff, 0xff, 0xff, 0xff };
	static const uint8_t fine[] = { 2, 0x10, 1, 0xff, 0xff, 0xff, 0xff };
	assert_int_equal(changes_check(SPAN(local, sizeof(local))), ERR_DAMAGED);
	assert_int_equal(changes_check(SPAN(empty_value, sizeof(empty_value))), ERR_DAMAGED);
	assert_int_equal(changes_check(SPAN(no_key, sizeof(no_key))), ERR_DAMAGED);
	assert_int_equal(changes_check(SPAN(fine, sizeof(fine))), ERR_OK);
	assert_int_equal(changes_check(SPAN(fine, sizeof(fine) - 1)), ERR_DAMAGED);
	assert_int_equal(changes_check(SPAN(NULL, 0)), ERR_OK);
}

static void what_the_format_cannot_hold_is_not_written(void **state)
{
	(void)state;
	cleanup(buf_free) struct buf out = BUF_INIT;
	struct commit c = { .n = 1, .epoch = 1, .parts = 1 };
	assert_int_equal(commit_encode(&c, &out), ERR_OK);
	c.n = 0;
	assert_int_equal(commit_encode(&c, &out), ERR_INVAL);
	c = (struct commit){ .n = 1, .epoch = 1, .parts = 1, .part = 1 };
	assert_int_equal(commit_encode(&c, &out), ERR_INVAL);
	c = (struct commit){ .n = 1, .epoch = 1, .parts = 1, .norphans = PARENTS_MAX + 1 };
	assert_int_equal(commit_encode(&c, &out), ERR_INVAL);
	struct stream_pos twice[2] = { position(1), position(1) };
	struct head h = sample_head(twice, 2);
	assert_int_equal(head_encode(&h, &out), ERR_INVAL);
	h = sample_head(twice, 1);
	h.manifest_epoch = 0;
	assert_int_equal(head_encode(&h, &out), ERR_INVAL);
}

static void a_head_with_more_streams_than_there_is_room_for_says_so(void **state)
{
	(void)state;
	cleanup(buf_free) struct buf out = BUF_INIT;
	struct stream_pos pos[2] = { position(1), position(2) }, got[2];
	struct head h = sample_head(pos, 2), back;
	assert_int_equal(head_encode(&h, &out), ERR_OK);
	assert_int_equal(head_decode(buf_span(&out), &back, got, 1), ERR_LIMIT);
	assert_int_equal(head_decode(buf_span(&out), &back, got, 2), ERR_OK);
	assert_int_equal(back.napplied, 2);
	assert_memory_equal(got, pos, sizeof(pos));
}

static void a_member_finds_its_box(void **state)
{
	(void)state;
	cleanup(buf_free) struct buf out = BUF_INIT;
	static uint8_t boxes[2 * EPOCH_BOX_LEN];
	struct id me = { { 9 } }, stranger = { { 8 } };
	id_put(boxes + EPOCH_BOX_LEN, me);
	boxes[EPOCH_BOX_LEN + ID_LEN] = 77;
	struct epoch_start s = { .cause = { { 1 } }, .boxes = boxes, .nboxes = 2 }, got;
	struct span box;
	assert_int_equal(epoch_start_encode(&s, &out), ERR_OK);
	assert_int_equal(epoch_start_decode(buf_span(&out), &got), ERR_OK);
	assert_true(epoch_start_box(&got, me, &box));
	assert_int_equal(box.len, BOX_LEN + 32);
	assert_int_equal(((const uint8_t *)box.p)[0], 77);
	assert_false(epoch_start_box(&got, stranger, &box));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(encoding_gives_the_vectors),
		cmocka_unit_test(truncations_and_mutations_never_break_canonicity),
		cmocka_unit_test(every_cut_of_head_and_manifest_is_damage),
		cmocka_unit_test(a_commit_reads_back_with_its_changes),
		cmocka_unit_test(changes_must_ascend_and_be_shared),
		cmocka_unit_test(what_the_format_cannot_hold_is_not_written),
		cmocka_unit_test(a_head_with_more_streams_than_there_is_room_for_says_so),
		cmocka_unit_test(a_member_finds_its_box),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

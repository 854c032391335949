/* SPDX-License-Identifier: MIT
 * Record codecs: what is accepted is canonical, nothing else is accepted, and nothing crashes.
 */
#include "vault/records/record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "fs/core/inode_rec.h"
#include "fs/core/xattr_rec.h"
#include "tests/vectors.h"

static struct inode_rec sample_inode(void)
{
	struct inode_rec in = { .ino = 42, .mode = S_IFREG | 0644, .uid = OWNER_SELF, .gid = 100, .size = 5 };
	memset(in.birth.b, 1, ID_LEN);
	memset(in.version.b, 2, ID_LEN);
	memset(in.file_key, 3, 32);
	in.mtime = (struct timestamp){ 1700000000, 999999999 };
	in.inline_data = span_str("hello");
	return in;
}

/* A codec as bytes to bytes: decode `in`, encode again to `out`. */
typedef err_t (*recode_fn)(struct span in, struct buf *out);

static err_t recode_inode(struct span in, struct buf *out)
{
	struct inode_rec v;
	err_t e = inode_rec_decode(in, &v);
	if (!e)
		inode_rec_encode(&v, out);
	return e;
}
static err_t recode_xattr(struct span in, struct buf *out)
{
	struct xattr_rec v[XATTR_TIES_MAX];
	size_t n;
	err_t e = xattr_rec_decode(in, v, &n);
	if (!e)
		xattr_rec_encode(v, n, out);
	return e;
}
static err_t recode_mark(struct span in, struct buf *out)
{
	err_t e = mark_decode(in);
	if (!e)
		mark_encode(out);
	return e;
}
#define RECODE(name, type, dec, enc)                                                                                   \
	static err_t recode_##name(struct span in, struct buf *out)                                                    \
	{                                                                                                              \
		type v;                                                                                                \
		err_t e = dec(in, &v);                                                                                 \
		if (!e)                                                                                                \
			enc(&v, out);                                                                                  \
		return e;                                                                                              \
	}
#define RECODE_BY_VALUE(name, type, dec, enc)                                                                          \
	static err_t recode_##name(struct span in, struct buf *out)                                                    \
	{                                                                                                              \
		type v;                                                                                                \
		err_t e = dec(in, &v);                                                                                 \
		if (!e)                                                                                                \
			enc(v, out);                                                                                   \
		return e;                                                                                              \
	}
RECODE(pending, struct pending_block, pending_block_decode, pending_block_encode)
RECODE_BY_VALUE(ref, uint32_t, ref_decode, ref_encode)

struct sample {
	const char *name;
	recode_fn recode;
	struct buf value;
};

static void add(struct sample *list, size_t *n, const char *name, recode_fn fn, struct buf *b)
{
	assert_int_equal(buf_ok(b), ERR_OK);
	list[*n] = (struct sample){ .name = name, .recode = fn };
	buf_move(&list[(*n)++].value, b);
}

static void add_files(struct sample *list, size_t *n)
{
	struct buf b = BUF_INIT;
	struct inode_rec in = sample_inode();
	inode_rec_encode(&in, &b);
	add(list, n, "inode-inline", recode_inode, &b);
	in.inline_data = SPAN(NULL, 0);
	in.size = 1 << 20;
	memset(in.content.b, 4, ID_LEN);
	inode_rec_encode(&in, &b);
	add(list, n, "inode-content", recode_inode, &b);
	struct inode_rec dir = { .ino = INO_ROOT, .mode = S_IFDIR | 01777, .atime = { -1, 0 } };
	inode_rec_encode(&dir, &b);
	add(list, n, "inode-directory", recode_inode, &b);
	struct inode_rec dev = { .ino = 9, .mode = S_IFCHR | 0600, .rdev = 0x103 };
	inode_rec_encode(&dev, &b);
	add(list, n, "inode-device", recode_inode, &b);
	struct inode_rec lnk = { .ino = 10, .mode = S_IFLNK | 0777, .size = 4, .inline_data = span_str("/tmp") };
	inode_rec_encode(&lnk, &b);
	add(list, n, "inode-symlink", recode_inode, &b);
	struct xattr_rec x[2] = { { span_str("user.a"), span_str("") }, { span_str("user.b"), span_str("value") } };
	xattr_rec_encode(x, 2, &b);
	add(list, n, "xattr", recode_xattr, &b);
}

static void add_blocks(struct sample *list, size_t *n)
{
	struct buf b = BUF_INIT;
	struct pending_block pb = { .length = BLOCK_SIZE, .epoch = 2, .order = 7, .hash = { { 9 } } };
	pending_block_encode(&pb, &b);
	add(list, n, "pending", recode_pending, &b);
	ref_encode(3, &b);
	add(list, n, "ref", recode_ref, &b);
	mark_encode(&b);
	add(list, n, "mark", recode_mark, &b);
}

static size_t samples(struct sample list[32])
{
	size_t n = 0;
	add_files(list, &n);
	add_blocks(list, &n);
	return n;
}

static void samples_free(struct sample *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_free(&list[i].value);
}

/* Accepted bytes must come back unchanged. The input is copied to memory of exactly its size, so that a sanitizer sees
 * a read past its end. */
static err_t try_bytes(const struct sample *s, struct span in)
{
	void *exact = malloc(in.len ? in.len : 1);
	assert_non_null(exact);
	if (in.len)
		memcpy(exact, in.p, in.len);
	struct buf out = BUF_INIT;
	err_t e = s->recode(SPAN(exact, in.len), &out);
	if (e == ERR_OK) {
		assert_int_equal(buf_ok(&out), ERR_OK);
		assert_int_equal(out.len, in.len);
		assert_memory_equal(out.p, exact, in.len);
	} else {
		assert_true(e == ERR_DAMAGED || e == ERR_VERSION);
	}
	buf_free(&out);
	free(exact);
	return e;
}

static void every_record_round_trips(void **state)
{
	(void)state;
	struct sample list[32];
	size_t n = samples(list);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(try_bytes(&list[i], buf_span(&list[i].value)), ERR_OK);
	samples_free(list, n);
}

static void encoding_gives_the_vectors(void **state)
{
	(void)state;
	struct sample list[32];
	size_t n = samples(list), i = 0;
	struct vector v;
	for (FILE *f = vectors_open("local.txt"); vectors_next(f, &v); i++) {
		assert_true(i < n);
		assert_string_equal(list[i].name, v.name[0]);
		assert_int_equal(list[i].value.len, v.len[0]);
		assert_memory_equal(list[i].value.p, v.value[0], v.len[0]);
	}
	assert_int_equal(i, n);
	samples_free(list, n);
}

static void every_truncation_is_refused_or_canonical(void **state)
{
	(void)state;
	struct sample list[32];
	size_t n = samples(list);
	for (size_t i = 0; i < n; i++)
		for (size_t len = 0; len < list[i].value.len; len++)
			(void)try_bytes(&list[i], SPAN(list[i].value.p, len));
	samples_free(list, n);
}

static void a_newer_version_is_told_apart_from_damage(void **state)
{
	(void)state;
	struct sample list[32];
	size_t n = samples(list);
	for (size_t i = 0; i < n; i++) {
		list[i].value.p[0] = 2;
		assert_int_equal(try_bytes(&list[i], buf_span(&list[i].value)), ERR_VERSION);
		list[i].value.p[0] = 0;
		assert_int_equal(try_bytes(&list[i], buf_span(&list[i].value)), ERR_DAMAGED);
		assert_int_equal(try_bytes(&list[i], SPAN(NULL, 0)), ERR_DAMAGED);
	}
	samples_free(list, n);
}

static void random_mutations_never_break_canonicity(void **state)
{
	(void)state;
	struct sample list[32];
	size_t n = samples(list);
	uint64_t seed = 88172645463325252u;
	for (size_t i = 0; i < n; i++) {
		for (unsigned round = 0; round < 4000; round++) {
			struct buf m = BUF_INIT;
			buf_put(&m, list[i].value.p, list[i].value.len);
			for (unsigned k = 0; k <= round % 4; k++) {
				seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
				m.p[seed % m.len] = (uint8_t)(seed >> 32);
			}
			if (round % 8 == 7)
				buf_put(&m, &seed, 1 + seed % 8);
			(void)try_bytes(&list[i], buf_span(&m));
			buf_free(&m);
		}
	}
	samples_free(list, n);
}

static void refused_inode(struct inode_rec in)
{
	struct buf b = BUF_INIT;
	inode_rec_encode(&in, &b);
	assert_int_equal(buf_ok(&b), ERR_NOMEM);
	assert_int_equal(b.len, 0);
	buf_free(&b);
}

static void inodes_that_cannot_be_are_refused(void **state)
{
	(void)state;
	struct inode_rec in = sample_inode();
	in.ino = 0;
	refused_inode(in);
	in = sample_inode();
	in.mode = 0644;
	refused_inode(in);
	in = sample_inode();
	in.mtime.nsec = 1000000000;
	refused_inode(in);
	in = sample_inode();
	memset(in.content.b, 1, ID_LEN); /* contents both inline and in blocks */
	refused_inode(in);
	in = sample_inode();
	in.size = 4; /* less than what is inline */
	refused_inode(in);
	in = sample_inode();
	in.mode = S_IFDIR | 0755; /* with a file key */
	refused_inode(in);
	in = sample_inode();
	in.rdev = 1;
	refused_inode(in);
	in = sample_inode();
	in.size = FILE_SIZE_MAX + 1;
	refused_inode(in);
}

static void keys_parse_back_and_sort_by_number(void **state)
{
	(void)state;
	uint64_t a, b;
	struct id id = { { 1, 2, 3 } }, got;
	struct rkey k = key_ino(REC_UNLINKED, 0x0102030405060708);
	assert_true(key_parse_ino(rkey_span(&k), REC_UNLINKED, &a) && a == 0x0102030405060708);
	assert_false(key_parse_ino(rkey_span(&k), REC_PIN, &a));
	assert_false(key_parse_ino(SPAN(k.b, k.len - 1u), REC_UNLINKED, &a));
	assert_false(key_parse_ino(SPAN(k.b, k.len + 1u), REC_UNLINKED, &a));
	k = key_ino_hash(REC_UNLINKED, 1, 2);
	assert_true(key_parse_ino_hash(rkey_span(&k), REC_UNLINKED, &a, &b) && a == 1 && b == 2);
	k = key_id(REC_USES, id);
	assert_true(key_parse_id(rkey_span(&k), REC_USES, &got) && id_eq(id, got));
	struct rkey lo = key_ino(REC_UNLINKED, 255), hi = key_ino(REC_UNLINKED, 256);
	assert_true(span_cmp(rkey_span(&lo), rkey_span(&hi)) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_record_round_trips),
		cmocka_unit_test(encoding_gives_the_vectors),
		cmocka_unit_test(every_truncation_is_refused_or_canonical),
		cmocka_unit_test(a_newer_version_is_told_apart_from_damage),
		cmocka_unit_test(random_mutations_never_break_canonicity),
		cmocka_unit_test(inodes_that_cannot_be_are_refused),
		cmocka_unit_test(keys_parse_back_and_sort_by_number),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

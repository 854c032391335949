/* SPDX-License-Identifier: MIT
 * struct inode: from its record and back, and by the operations on it.
 */
#include "fs/core/inode_value.h"
#include "fs/core/inode_rec.h"
#include "fs/core/record.h"
#include "tests/unit/fs_util.h"

static struct inode_rec sample(uint32_t mode)
{
	struct inode_rec r = { .ino = 42, .birth = { { 1, 2 } }, .mode = mode, .uid = OWNER_SELF, .gid = 100 };
	r.atime = (struct timestamp){ 1, 2 };
	r.mtime = (struct timestamp){ 3, 4 };
	r.ctime = (struct timestamp){ 5, 6 };
	r.btime = (struct timestamp){ -7, 8 };
	memset(r.version.b, 9, sizeof(r.version.b));
	return r;
}

static void same_stamp(struct timestamp a, struct timestamp b)
{
	assert_true(a.sec == b.sec && a.nsec == b.nsec);
}

/* comes_through: each member of the record is the inode's, and the inode makes the same record. */
static void comes_through(const struct inode_rec *r)
{
	cleanup(buf_free) struct buf value = BUF_INIT, again = BUF_INIT;
	struct inode in;
	inode_rec_encode(r, &value);
	assert_int_equal(buf_ok(&value), ERR_OK);
	assert_int_equal(inode_value_decode(buf_span(&value), &in), ERR_OK);
	assert_true(in.ino == r->ino && in.rdev == r->rdev && in.size == r->size);
	assert_true(id_eq(in.birth, r->birth) && id_eq(in.version, r->version) && id_eq(in.content, r->content));
	assert_true(in.mode == r->mode && in.uid == r->uid && in.gid == r->gid);
	same_stamp(in.atime, r->atime);
	same_stamp(in.mtime, r->mtime);
	same_stamp(in.ctime, r->ctime);
	same_stamp(in.btime, r->btime);
	assert_memory_equal(in.file_key, r->file_key, sizeof(in.file_key));
	assert_int_equal(span_cmp(in.inline_data, r->inline_data), 0);
	inode_value_encode(&in, &again);
	assert_int_equal(buf_ok(&again), ERR_OK);
	assert_int_equal(span_cmp(buf_span(&again), buf_span(&value)), 0);
}

static void an_inode_says_what_its_record_says(void **state)
{
	(void)state;
	struct inode_rec small = sample(S_IFREG | 0640), large = small;
	memset(small.file_key, 7, sizeof(small.file_key));
	small.inline_data = span_str("hello");
	small.size = 6;
	comes_through(&small);
	memset(large.file_key, 8, sizeof(large.file_key));
	memset(large.content.b, 3, sizeof(large.content.b));
	large.size = UINT64_C(1) << 33;
	comes_through(&large);
	struct inode_rec device = sample(S_IFCHR | 0600), link = sample(S_IFLNK | 0777);
	device.rdev = 0x103;
	comes_through(&device);
	link.inline_data = span_str("/tmp");
	link.size = 4;
	comes_through(&link);
}

static void a_damaged_record_is_no_inode(void **state)
{
	(void)state;
	cleanup(buf_free) struct buf value = BUF_INIT;
	struct inode_rec r = sample(S_IFDIR | 0755);
	struct inode in = { .ino = 5 };
	inode_rec_encode(&r, &value);
	assert_int_equal(inode_value_decode(SPAN(value.p, value.len - 1), &in), ERR_DAMAGED);
	assert_true(in.ino == 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_inode_says_what_its_record_says),
		cmocka_unit_test(a_damaged_record_is_no_inode),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

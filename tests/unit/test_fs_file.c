/* SPDX-License-Identifier: MIT
 * File contents against a plain byte array: thousands of random writes, truncates, punches, copies and reads, with
 * flushes in between; inline files; compaction; crash order; reaping.
 */
#include "fs/residency/reclaim.h"
#include "fs_data_util.h"

#include "util/deadline.h"

#include <linux/falloc.h>

#define MODEL_MAX (3u << 20)

struct model {
	struct fs_file *h;
	uint8_t *p;
	size_t n;
};

static struct model model_new(struct rig *r)
{
	return (struct model){ rig_create(r), calloc(1, MODEL_MAX), 0 };
}

static void model_free(struct rig *r, struct model *m)
{
	fs_file_close(r->fs, m->h);
	free(m->p);
}

static void set_size(struct rig *r, struct model *m, size_t n)
{
	struct stat want = { .st_size = (off_t)n }, st;
	assert_int_equal(fs_setattr(r->fs, &r->who, fs_ino_of(m->h), &want, FS_SET_SIZE, &st), 0);
	assert_true((size_t)st.st_size == n);
	if (n < m->n)
		memset(m->p + n, 0, m->n - n);
	m->n = n;
}

static void do_write(struct rig *r, struct model *m, size_t off, size_t n, unsigned seed)
{
	n = MIN(n, MODEL_MAX - off);
	fill(m->p + off, n, seed);
	rig_write(r, m->h, off, m->p + off, n);
	if (n)
		m->n = MAX(m->n, off + n);
}

static void do_punch(struct rig *r, struct model *m, size_t off, size_t n)
{
	int mode = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
	assert_int_equal(fs_fallocate(r->fs, m->h, mode, off, n), 0);
	if (off < m->n)
		memset(m->p + off, 0, MIN(n, m->n - off));
}

static void do_zero(struct rig *r, struct model *m, size_t off, size_t n)
{
	n = MIN(n, MODEL_MAX - off);
	if (!n)
		return;
	assert_int_equal(fs_fallocate(r->fs, m->h, FALLOC_FL_ZERO_RANGE, off, n), 0);
	memset(m->p + off, 0, n);
	m->n = MAX(m->n, off + n);
}

static void do_copy(struct rig *r, struct model *from, struct model *to, size_t a, size_t b, size_t n)
{
	size_t done = 0;
	n = MIN(n, MODEL_MAX - b);
	int e;
	while ((e = fs_copy_range(r->fs, (struct fs_at){ from->h, a }, (struct fs_at){ to->h, b }, n, &done)) == EAGAIN)
		assert_int_equal(map_commit(r->map), ERR_OK);
	assert_true(e == 0 || e == EXDEV || (from == to && e == EINVAL));
	if (e)
		return;
	assert_true(done == (a < from->n ? MIN(n, from->n - a) : 0));
	memmove(to->p + b, from->p + a, done);
	if (done)
		to->n = MAX(to->n, b + done);
}

static size_t some_size(void)
{
	static const size_t scale[] = { 8, 100, 2000, 20000, 150000, 600000 };
	return 1 + (size_t)random() % scale[random() % ARRAY_LEN(scale)];
}

static void step(struct rig *r, struct model *m, struct model *other, unsigned i)
{
	size_t off = random() % 3 ? (size_t)random() % (m->n + 1) : (size_t)random() % MODEL_MAX, n = some_size();
	switch (random() % 16) {
	case 0:
		set_size(r, m, random() % 4 ? off : 0);
		break;
	case 1:
		do_punch(r, m, off, n);
		break;
	case 2:
		do_zero(r, m, off, n);
		break;
	case 3:
		do_copy(r, m, random() % 2 ? other : m, (size_t)random() % (m->n + 1), off, n);
		break;
	case 4:
		assert_int_equal(fs_fsync(r->fs, fs_ino_of(m->h)), 0);
		break;
	case 5:
		rig_check(r, m->h, m->p, m->n);
		break;
	case 6:
		if (random() % 4 == 0)
			rig_publish(r);
		break;
	case 7:
		rig_publish(r);
		rig_drop_local(r);
		break;
	case 8: {
		uint8_t *p = malloc(n);
		size_t got, want = off < m->n ? MIN(n, m->n - off) : 0;
		assert_int_equal(rig_read(r, m->h, off, p, n, &got), 0);
		assert_int_equal(got, want);
		assert_memory_equal(p, m->p + off, got);
		free(p);
		break;
	}
	default:
		do_write(r, m, random() % 2 ? m->n % MODEL_MAX : off, n, i);
	}
}

static void random_run(unsigned seed, unsigned steps)
{
	struct rig r;
	rig_open(&r);
	srandom(seed);
	struct model m[2] = { model_new(&r), model_new(&r) };
	for (unsigned i = 0; i < steps; i++) {
		unsigned k = random() % 4 == 0;
		step(&r, &m[k], &m[!k], i);
	}
	for (unsigned k = 0; k < 2; k++) {
		rig_check(&r, m[k].h, m[k].p, m[k].n);
		uint64_t ino = fs_ino_of(m[k].h);
		fs_file_close(r.fs, m[k].h);
		m[k].h = rig_reopen(&r, ino, O_RDWR);
		rig_check(&r, m[k].h, m[k].p, m[k].n);
		model_free(&r, &m[k]);
	}
	rig_close(&r);
}

static void random_operations_equal_a_byte_array(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed <= 6; seed++)
		random_run(seed, 700);
}

static void small_files_stay_in_their_record(void **state)
{
	(void)state;
	struct rig r;
	rig_open(&r);
	struct model m = model_new(&r);
	do_write(&r, &m, 10, 100, 1);
	assert_int_equal(fs_fsync(r.fs, fs_ino_of(m.h)), 0);
	assert_int_equal(rig_count(r.map, MAP_BLOCK, 0), 0);
	rig_check(&r, m.h, m.p, m.n);
	do_write(&r, &m, 1000, 25, 2); /* one byte over FILE_INLINE_MAX */
	assert_int_equal(fs_fsync(r.fs, fs_ino_of(m.h)), 0);
	assert_int_equal(rig_count(r.map, MAP_BLOCK, 0), 1);
	rig_check(&r, m.h, m.p, m.n);
	set_size(&r, &m, 0);
	do_write(&r, &m, 0, 1024, 3);
	assert_int_equal(fs_fsync(r.fs, fs_ino_of(m.h)), 0);
	rig_check(&r, m.h, m.p, m.n);
	while (reclaim_run(r.fs))
		;
	assert_int_equal(rig_count(r.map, MAP_BLOCK, 0), 0);
	model_free(&r, &m);
	rig_close(&r);
}

static void many_small_appends_end_as_full_blocks(void **state)
{
	(void)state;
	struct rig r;
	struct extent *list = malloc(EXTENTS_MAX * sizeof(*list));
	rig_open(&r);
	struct model m = model_new(&r);
	for (unsigned i = 0; m.n < 5 * BLOCK_SIZE; i++) {
		do_write(&r, &m, m.n, MIN(1 + i % 3000, 5 * BLOCK_SIZE - m.n), i);
		assert_int_equal(fs_fsync(r.fs, fs_ino_of(m.h)), 0);
	}
	assert_int_equal(rig_extents(&r, m.h, 0, list), 5);
	assert_int_equal(rig_count(r.map, MAP_BLOCK, 0), 5);
	rig_check(&r, m.h, m.p, m.n);
	model_free(&r, &m);
	rig_close(&r);
	free(list);
}

static void scattered_writes_to_a_non_resident_file_stay_few(void **state)
{
	(void)state;
	struct rig r;
	struct extent *list = malloc(EXTENTS_MAX * sizeof(*list));
	rig_open(&r);
	struct model m = model_new(&r);
	do_write(&r, &m, 0, 2u << 20, 1);
	rig_publish(&r);
	rig_drop_local(&r);
	for (unsigned i = 0; i < 256; i++) { /* every second page: as many extents as there can be */
		do_write(&r, &m, i * 8192, 4096, i);
		if (i % 16 == 0)
			assert_int_equal(fs_fsync(r.fs, fs_ino_of(m.h)), 0);
	}
	assert_int_equal(fs_fsync(r.fs, fs_ino_of(m.h)), 0);
	assert_true(rig_extents(&r, m.h, 0, list) <= 520);
	rig_check(&r, m.h, m.p, m.n);
	do_write(&r, &m, 100, 100, 1);
	for (unsigned i = 0; i < 256; i++) /* all is on this device now: it is compacted */
		do_write(&r, &m, i * 8192 + 17, 1, i);
	assert_int_equal(fs_fsync(r.fs, fs_ino_of(m.h)), 0);
	assert_int_equal(rig_extents(&r, m.h, 0, list), 16);
	rig_check(&r, m.h, m.p, m.n);
	model_free(&r, &m);
	rig_close(&r);
	free(list);
}

/* scatter: more extents than a group holds, none next to another. */
static void scatter(struct rig *r, struct model *m)
{
	do_write(r, m, 0, 2u << 20, 1);
	rig_publish(r);
	rig_drop_local(r);
	for (unsigned i = 0; i < 1100; i++)
		do_write(r, m, 1 + i * 1900, 100, i);
}

static void a_full_group_waits_for_its_blocks(void **state)
{
	(void)state;
	struct rig r;
	rig_open(&r);
	struct model m = model_new(&r);
	scatter(&r, &m);
	assert_int_equal(fs_fsync(r.fs, fs_ino_of(m.h)), 0);
	rig_check(&r, m.h, m.p, m.n);
	model_free(&r, &m);
	rig_close(&r);
}

/* Without a store the blocks cannot come: nothing is lost while mounted, and everyone is told. */
static void what_cannot_be_flushed_is_said_until_it_can(void **state)
{
	(void)state;
	struct rig r;
	rig_open(&r);
	struct model m = model_new(&r);
	do_write(&r, &m, 0, 2u << 20, 1);
	rig_publish(&r);
	rig_drop_local(&r);
	uint64_t ino = fs_ino_of(m.h);
	fs_file_close(r.fs, m.h);
	assert_int_equal(fs_close(r.fs), 0);
	rig_fs(&r, NULL);
	m.h = rig_reopen(&r, ino, O_RDWR);
	for (unsigned i = 0; i < 1100; i++)
		do_write(&r, &m, 1 + i * 1900, 100, i);
	struct fs_file *other = rig_create(&r);
	rig_write(&r, other, 0, "x", 1);
	assert_int_equal(fs_fsync(r.fs, ino), EIO);
	assert_int_equal(fs_fsync(r.fs, ino), EIO);
	assert_int_equal(fs_sync(r.fs), EIO);
	assert_int_equal(fs_fsync(r.fs, fs_ino_of(other)), 0);
	assert_int_equal(rig_inode(&r, other).size, 1); /* the rest went in order */
	fs_file_close(r.fs, other);
	fs_file_close(r.fs, m.h);
	free(m.p);
	assert_int_equal(fs_close(r.fs), EIO); /* not silently lost */
	rig_fs(&r, r.fetch);
	rig_close(&r);
}

static void holes_are_found(void **state)
{
	(void)state;
	struct rig r;
	rig_open(&r);
	struct model m = model_new(&r);
	off_t at;
	set_size(&r, &m, 8u << 20);
	assert_int_equal(fs_lseek(r.fs, m.h, 0, SEEK_DATA, &at), ENXIO);
	uint8_t *p = malloc(300000);
	fill(p, 300000, 1);
	rig_write(&r, m.h, 3u << 20, p, 300000);
	assert_int_equal(fs_lseek(r.fs, m.h, 5, SEEK_DATA, &at), 0);
	assert_true(at == 3 << 20);
	assert_int_equal(fs_lseek(r.fs, m.h, at + 7, SEEK_HOLE, &at), 0);
	assert_true(at == (3 << 20) + 300000);
	assert_int_equal(fs_lseek(r.fs, m.h, at, SEEK_DATA, &at), ENXIO);
	assert_int_equal(fs_lseek(r.fs, m.h, 8 << 20, SEEK_HOLE, &at), ENXIO);
	assert_int_equal(fs_lseek(r.fs, m.h, (8 << 20) - 1, SEEK_HOLE, &at), 0);
	assert_true(at == (8 << 20) - 1);
	free(p);
	model_free(&r, &m);
	rig_close(&r);
}

static void appending_ignores_the_offset(void **state)
{
	(void)state;
	struct rig r;
	rig_open(&r);
	struct fs_file *h = rig_create(&r), *a = rig_reopen(&r, fs_ino_of(h), O_WRONLY | O_APPEND);
	rig_write(&r, h, 0, "hello", 5);
	rig_write(&r, a, 0, " world", 6);
	rig_check(&r, h, (const uint8_t *)"hello world", 11);
	fs_file_close(r.fs, a);
	fs_file_close(r.fs, h);
	rig_close(&r);
}

static void killed_set_id_bits_go_with_the_write(void **state)
{
	(void)state;
	struct rig r;
	struct stat want = { .st_mode = 06755 }, st;
	rig_open(&r);
	struct fs_file *h = rig_create(&r);
	assert_int_equal(fs_setattr(r.fs, &r.who, fs_ino_of(h), &want, FS_SET_MODE, &st), 0);
	assert_int_equal(fs_write(r.fs, h, 0, "x", 1, FS_WRITE_KILL_SUID), 0);
	assert_int_equal(fs_getattr(r.fs, fs_ino_of(h), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0755);
	assert_int_equal(fs_fsync(r.fs, fs_ino_of(h)), 0);
	assert_int_equal(rig_inode(&r, h).mode & 07777, 0755);
	fs_file_close(r.fs, h);
	rig_close(&r);
}

static void unlinked_contents_are_reaped(void **state)
{
	(void)state;
	struct rig r;
	rig_open(&r);
	struct model m = model_new(&r);
	for (unsigned i = 0; i < 40; i++) { /* 40 groups */
		uint8_t *p = malloc(5000);
		fill(p, 5000, i);
		rig_write(&r, m.h, (uint64_t)i << 21, p, 5000);
		free(p);
	}
	assert_int_equal(fs_fsync(r.fs, fs_ino_of(m.h)), 0);
	assert_int_equal(rig_count(r.map, MAP_BLOCK, 0), 40);
	assert_int_equal(fs_unlink(r.fs, INO_ROOT, "file0"), 0);
	assert_int_equal(rig_count(r.map, MAP_RECORDS, REC_REAP), 0); /* still open */
	fs_forget(r.fs, fs_ino_of(m.h), 1);
	model_free(&r, &m);
	while (reclaim_run(r.fs))
		;
	assert_int_equal(rig_count(r.map, MAP_BLOCK, 0), 0);
	assert_int_equal(rig_count(r.map, MAP_QUEUE, QUEUE_BLOCK), 0);
	assert_int_equal(rig_count(r.map, MAP_RECORDS, REC_REAP), 0);
	assert_int_equal(rig_count(r.map, MAP_RECORDS, REC_USES), 0);
	for (unsigned set = SAID_A; set <= SAID_B; set++)
		assert_int_equal(rig_said(&r, (uint8_t)set, SHARED_EXTENTS), 0);
	rig_close(&r);
}

static void covered_writes_leave_no_blocks(void **state)
{
	(void)state;
	struct rig r;
	rig_open(&r);
	struct model m = model_new(&r);
	for (unsigned i = 0; i < 20; i++) {
		do_write(&r, &m, 0, 3 * BLOCK_SIZE, i);
		if (i % 7 == 0)
			assert_int_equal(fs_fsync(r.fs, fs_ino_of(m.h)), 0);
	}
	assert_int_equal(fs_fsync(r.fs, fs_ino_of(m.h)), 0);
	assert_int_equal(rig_count(r.map, MAP_BLOCK, 0), 3);
	assert_int_equal(rig_count(r.map, MAP_QUEUE, QUEUE_BLOCK), 3);
	rig_check(&r, m.h, m.p, m.n);
	model_free(&r, &m);
	rig_close(&r);
}

/* Two files written in turn, a counter in each: at every cut the map holds the first's counter or one more than the
 * second's. counter_in: under the namespace lock. */
static uint32_t counter_in(struct rig *r, struct fs_file *h)
{
	struct buf b = BUF_INIT;
	struct inode in;
	uint32_t v = 0;
	assert_int_equal(record_inode(r->fs, NULL, fs_ino_of(h), &in, &b), ERR_OK);
	if (in.inline_data.len == 4)
		memcpy(&v, in.inline_data.p, 4);
	buf_free(&b);
	return v;
}

/* counter_now: the same, without the namespace lock held. */
static uint32_t counter_now(struct rig *r, struct fs_file *h)
{
	ns_guard_read(r->fs);
	return counter_in(r, h);
}

static void what_is_written_is_flushed_by_itself(void **state)
{
	(void)state;
	struct rig r;
	uint32_t v = 7;
	rig_open(&r);
	struct fs_file *h = rig_create(&r);
	for (; v < 10; v++) { /* again, when the flusher has come to rest */
		struct deadline end = deadline_in(20 * NS_PER_S);
		rig_write(&r, h, 0, &v, 4);
		while (counter_now(&r, h) != v && !deadline_passed(end))
			usleep(10000);
		assert_int_equal(counter_now(&r, h), v);
	}
	fs_file_close(r.fs, h);
	rig_close(&r);
}

static void *take_lock(void *ctx)
{
	ns_wrlock(ctx);
	ns_unlock(ctx);
	return NULL;
}

static void waits_for_the_namespace_are_counted(void **state)
{
	(void)state;
	struct rig r;
	struct fs_debug before, after;
	pthread_t th;
	rig_open(&r);
	fs_debug(r.fs, &before);
	ns_rdlock(r.fs);
	assert_int_equal(pthread_create(&th, NULL, take_lock, r.fs), 0);
	do {
		usleep(1000);
		fs_debug(r.fs, &after);
	} while (after.lock_waits == before.lock_waits);
	ns_unlock(r.fs);
	pthread_join(th, NULL);
	fs_debug(r.fs, &after);
	assert_true(after.longest_lock_wait > 0);
	rig_close(&r);
}

static void what_is_not_flushed_is_counted(void **state)
{
	(void)state;
	struct rig r;
	struct fs_debug d;
	static const uint8_t bytes[2 * FILE_INLINE_MAX] = { 1 };
	rig_open(&r);
	struct fs_file *h = rig_create(&r);
	do { /* again, if the flusher was quicker */
		rig_write(&r, h, 0, bytes, sizeof(bytes));
		fs_debug(r.fs, &d);
	} while (!d.changed_files);
	assert_int_equal(d.open_files, 1);
	assert_int_equal(d.changed_files, 1);
	assert_true(d.changed_bytes >= sizeof(bytes));
	assert_true(d.oldest_change > 0);
	assert_int_equal(fs_fsync(r.fs, fs_ino_of(h)), 0);
	fs_debug(r.fs, &d);
	assert_int_equal(d.changed_files, 0);
	assert_int_equal(d.oldest_change, 0);
	fs_file_close(r.fs, h);
	rig_close(&r);
}

struct turns {
	struct rig *r;
	struct fs_file *a, *b;
	_Atomic bool stop;
};

static void *take_turns(void *ctx)
{
	struct turns *t = ctx;
	for (uint32_t i = 1; !t->stop; i++) {
		rig_write(t->r, t->a, 0, &i, 4);
		rig_write(t->r, t->b, 0, &i, 4);
	}
	return NULL;
}

static err_t nothing_more(struct map_txn *x, void *ctx)
{
	(void)x, (void)ctx;
	return ERR_OK;
}

static void every_transaction_is_a_prefix(void **state)
{
	(void)state;
	struct rig r;
	rig_open(&r);
	struct turns t = { &r, rig_create(&r), rig_create(&r), false };
	pthread_t th;
	assert_int_equal(pthread_create(&th, NULL, take_turns, &t), 0);
	for (unsigned i = 0; i < 200; i++) {
		assert_int_equal(map_transact(r.map, nothing_more, NULL), ERR_OK);
		ns_wrlock(r.fs); /* flushes happen under it: what is seen now was flushed together */
		uint32_t a = counter_in(&r, t.a), b = counter_in(&r, t.b);
		ns_unlock(r.fs);
		assert_true(a == b || a == b + 1);
	}
	t.stop = true;
	pthread_join(th, NULL);
	fs_file_close(r.fs, t.a);
	fs_file_close(r.fs, t.b);
	rig_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(small_files_stay_in_their_record),
		cmocka_unit_test(appending_ignores_the_offset),
		cmocka_unit_test(killed_set_id_bits_go_with_the_write),
		cmocka_unit_test(covered_writes_leave_no_blocks),
		cmocka_unit_test(many_small_appends_end_as_full_blocks),
		cmocka_unit_test(holes_are_found),
		cmocka_unit_test(unlinked_contents_are_reaped),
		cmocka_unit_test(what_is_written_is_flushed_by_itself),
		cmocka_unit_test(every_transaction_is_a_prefix),
		cmocka_unit_test(scattered_writes_to_a_non_resident_file_stay_few),
		cmocka_unit_test(a_full_group_waits_for_its_blocks),
		cmocka_unit_test(what_cannot_be_flushed_is_said_until_it_can),
		cmocka_unit_test(waits_for_the_namespace_are_counted),
		cmocka_unit_test(what_is_not_flushed_is_counted),
		cmocka_unit_test(random_operations_equal_a_byte_array),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

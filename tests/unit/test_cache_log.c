/* SPDX-License-Identifier: MIT
 * The write-ahead log after a crash: images are copies of an open map's files while nothing is being written.
 */
#include "cache/seal.h"
#include "cache/wal_record.h"
#include "cache_util.h"
#include "util/log.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>

#define HEAD_BYTES (1u << 20) /* of the log that an image keeps as it is; the rest is zeros */
#define PAGE 4096

static void copy_file(const char *from_dir, const char *to_dir, const char *name, size_t keep, off_t size)
{
	char a[128], b[128];
	snprintf(a, sizeof(a), "%s/%s", from_dir, name);
	snprintf(b, sizeof(b), "%s/%s", to_dir, name);
	cleanup_fd int in = open(a, O_RDONLY), out = open(b, O_RDWR | O_CREAT | O_TRUNC, 0600);
	assert_true(in >= 0 && out >= 0);
	cleanup_free char *chunk = malloc(keep);
	ssize_t n = pread(in, chunk, keep, 0);
	assert_true(n >= 0);
	assert_int_equal(pwrite(out, chunk, (size_t)n, 0), n);
	if (size)
		assert_int_equal(ftruncate(out, size), 0);
}

/* image: what a crash now would leave. */
static void image(const struct place *p, struct place *ret)
{
	place_make(ret, DISK);
	ret->config.commit_ms = 60000;
	copy_file(p->dir, ret->dir, "data.mdb", 8u << 20, 0);
	copy_file(p->dir, ret->dir, "log", HEAD_BYTES, 32 << 20);
}

static struct map *quiet(struct place *p)
{
	place_make(p, DISK);
	p->config.commit_ms = 60000; /* the log alone holds what is synced */
	return place_open(p);
}

static void sync_text(struct map *m, const char *key, const char *value)
{
	put_text(m, MAP_RECORDS, key, value);
	assert_int_equal(map_sync(m), ERR_OK);
}

static int log_fd(const struct place *p)
{
	char path[128];
	snprintf(path, sizeof(path), "%s/log", p->dir);
	int fd = open(path, O_RDWR);
	assert_true(fd >= 0);
	return fd;
}

static void flip(const struct place *p, off_t at)
{
	cleanup_fd int fd = log_fd(p);
	uint8_t b;
	assert_int_equal(pread(fd, &b, 1, at), 1);
	b ^= 0x40;
	assert_int_equal(pwrite(fd, &b, 1, at), 1);
}

static void three_groups(struct place *p, struct map **m)
{
	*m = quiet(p);
	sync_text(*m, "a", "1");
	sync_text(*m, "b", "2");
	sync_text(*m, "c", "3");
	put_text(*m, MAP_RECORDS, "d", "never synced");
}

static void done(struct place *p, struct map *m)
{
	assert_int_equal(map_close(m), ERR_OK);
	place_remove(p);
}

static void a_crash_keeps_what_was_synced_and_no_more(void **state)
{
	(void)state;
	struct place p, i;
	struct map *m;
	three_groups(&p, &m);
	image(&p, &i);
	done(&p, m);
	m = place_open(&i);
	has_text(m, MAP_RECORDS, "a", "1");
	has_text(m, MAP_RECORDS, "c", "3");
	has_text(m, MAP_RECORDS, "d", NULL);
	struct map_stats st;
	map_stats(m, &st);
	assert_true(st.applied == 3 && st.committed == 3 && st.commits == 1); /* the log's alone, and in the base */
	done(&i, m);
}

static void dying_in_the_replay_is_harmless(void **state)
{
	(void)state;
	struct place p, i, j;
	struct map *m;
	three_groups(&p, &m);
	sync_text(m, "a", NULL);
	image(&p, &i);
	done(&p, m);
	m = place_open(&i); /* replayed and committed; the log still holds the records */
	image(&i, &j);
	sync_text(m, "a", "again");
	done(&i, m);
	m = place_open(&j);
	has_text(m, MAP_RECORDS, "a", NULL);
	has_text(m, MAP_RECORDS, "b", "2");
	done(&j, m);
}

static void a_torn_last_group_ends_the_log_in_silence(void **state)
{
	(void)state;
	static const off_t where[] = { 3, 20, 26, 33, 38, 41, 48, 60 };
	struct place p, i;
	struct map *m;
	three_groups(&p, &m);
	for (size_t n = 0; n < ARRAY_LEN(where); n++) {
		image(&p, &i);
		flip(&i, 2 * PAGE + where[n]);
		struct map *again = place_open(&i);
		has_text(again, MAP_RECORDS, "b", "2");
		has_text(again, MAP_RECORDS, "c", NULL);
		done(&i, again);
	}
	image(&p, &i);
	cleanup_fd int fd = log_fd(&i);
	assert_int_equal(ftruncate(fd, 2 * PAGE + 20), 0);
	struct map *again = place_open(&i);
	has_text(again, MAP_RECORDS, "b", "2");
	has_text(again, MAP_RECORDS, "c", NULL);
	done(&i, again);
	done(&p, m);
}

static void damage_before_a_valid_group_is_reported(void **state)
{
	(void)state;
	struct place p, i;
	struct map *m;
	three_groups(&p, &m);
	for (off_t record = 0; record < 2; record++) {
		image(&p, &i);
		flip(&i, record * PAGE + 45);
		struct map *again = NULL;
		struct why why = { 0 };
		for (int n = 0; n < 2; n++) { /* not only the first time */
			assert_int_equal(map_open(&i.config, &again, &why), ERR_DAMAGED);
			assert_non_null(strstr(why.text, "log"));
		}
		assert_null(again);
		char path[128];
		snprintf(path, sizeof(path), "%s/log", i.dir);
		assert_int_equal(unlink(path), 0);
		again = place_open(&i); /* what came before the damage is kept */
		has_text(again, MAP_RECORDS, "a", record ? "1" : NULL);
		has_text(again, MAP_RECORDS, "b", NULL);
		done(&i, again);
	}
	done(&p, m);
}

static void an_earlier_lap_is_not_replayed(void **state)
{
	(void)state;
	struct place p, i;
	struct map *m;
	three_groups(&p, &m);
	sync_text(m, "c", "old");
	assert_int_equal(map_commit(m), ERR_OK);
	sync_text(m, "c", "new"); /* first page of the next ring pass; three stale records follow */
	image(&p, &i);
	done(&p, m);
	m = place_open(&i);
	has_text(m, MAP_RECORDS, "c", "new");
	has_text(m, MAP_RECORDS, "d", "never synced");
	done(&i, m);
}

static err_t overwrite(struct map_txn *x, void *ctx)
{
	err_t e = map_txn_put(x, MAP_RECORDS, span_str("a"), span_str(ctx));
	return e ? e : map_txn_del(x, MAP_RECORDS, span_str("b"));
}

/* The log holds "a" = 1 and "b" = 2 of before, and "c" = 3 of after the transaction, which is not in the log itself. */
static void groups_over_a_commit_are_replayed_once(void **state)
{
	(void)state;
	struct place p, i;
	struct map *m = quiet(&p);
	struct map_stats st;
	sync_text(m, "a", "1");
	sync_text(m, "b", "2");
	assert_int_equal(map_transact(m, overwrite, (char[]){ "of a transaction" }), ERR_OK);
	for (int after = 0; after < 2; after++) {
		image(&p, &i);
		struct map *again = place_open(&i); /* the first two records of the log are in the base already */
		has_text(again, MAP_RECORDS, "a", "of a transaction");
		has_text(again, MAP_RECORDS, "b", NULL);
		has_text(again, MAP_RECORDS, "c", after ? "3" : NULL);
		map_stats(again, &st);
		assert_true(st.applied == 2 + (uint64_t)after && st.committed == st.applied);
		done(&i, again);
		sync_text(m, "c", "3");
	}
	done(&p, m);
}

static void more_than_the_log_holds_goes_to_the_base(void **state)
{
	(void)state;
	struct place p;
	struct map *m = quiet(&p);
	cleanup(batch_freep) struct batch *b = batch_new();
	struct map_stats st;
	for (uint32_t i = 0; i < 14; i++) { /* 14 x 3 MiB: more than a ring pass */
		struct buf v = BUF_INIT;
		uint8_t *to = buf_extend(&v, 3u << 20);
		memset(to, (int)i, v.len);
		batch_put_buf(b, MAP_BLOCK, SPAN(&i, sizeof(i)), &v);
		assert_int_equal(map_apply(m, b), ERR_OK);
		assert_int_equal(map_sync(m), ERR_OK);
	}
	map_stats(m, &st);
	assert_true(st.commits >= 1 && st.log_syncs >= 10);
	struct buf v = BUF_INIT;
	buf_extend(&v, 6u << 20);
	memset(v.p, 1, v.len);
	batch_put_buf(b, MAP_BLOCK, span_str("big"), &v); /* more than a record */
	uint64_t syncs = st.log_syncs, commits = st.commits;
	assert_int_equal(map_apply(m, b), ERR_OK);
	assert_int_equal(map_sync(m), ERR_OK);
	map_stats(m, &st);
	assert_true(st.commits == commits + 1 && st.log_syncs == syncs);
	assert_true(st.blocks == 15 && st.block_bytes == (14 * 3 + 6) * (uint64_t)(1u << 20));
	assert_int_equal(map_close(m), ERR_OK);
	m = place_open(&p);
	for (uint32_t i = 0; i < 14; i++) {
		uint8_t last;
		size_t total;
		assert_int_equal(map_peek(m, MAP_BLOCK, SPAN(&i, sizeof(i)), (struct map_range){ (3u << 20) - 1, 1 },
		                          &last, &total),
		                 ERR_OK);
		assert_true(last == i && total == 3u << 20);
	}
	done(&p, m);
}

static void limit_files(rlim_t bytes)
{
	struct rlimit r;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &r), 0);
	r.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &r), 0);
}

static void stays_failed(struct place *p, struct map *m, const char *lost)
{
	struct map_stats st;
	cleanup(batch_freep) struct batch *b = batch_new();
	batch_put(b, MAP_RECORDS, span_str("more"), span_str("x"));
	for (int i = 0; i < 2; i++) {
		map_stats(m, &st);
		assert_int_equal(st.failed, ERR_IO);
		assert_int_equal(map_apply(m, b), ERR_IO);
		assert_int_equal(map_sync(m), ERR_IO);
		assert_int_equal(map_commit(m), ERR_IO);
		has_text(m, MAP_RECORDS, "a", "1"); /* reading goes on */
		limit_files(RLIM_INFINITY);         /* the disk is well again: no silent second try */
	}
	assert_int_equal(map_close(m), ERR_IO);
	m = place_open(p);
	has_text(m, MAP_RECORDS, "a", "1");
	has_text(m, MAP_RECORDS, lost, NULL);
	done(p, m);
}

static void a_failed_log_write_is_final(void **state)
{
	(void)state;
	struct place p;
	struct map *m = quiet(&p);
	sync_text(m, "a", "1");
	put_text(m, MAP_RECORDS, "b", "2");
	limit_files(PAGE); /* the next record's pwrite fails */
	assert_int_equal(map_sync(m), ERR_IO);
	stays_failed(&p, m, "b");
}

static void a_failed_commit_is_final(void **state)
{
	(void)state;
	struct place p;
	struct map *m = quiet(&p);
	sync_text(m, "a", "1");
	put_text(m, MAP_RECORDS, "b", "2");
	limit_files(PAGE);
	assert_int_equal(map_commit(m), ERR_IO);
	stays_failed(&p, m, "b");
}

static bool disk_gone;

/* Stands before the C library's: what a disk that was taken away answers. */
int fstatvfs(int fd, struct statvfs *ret)
{
	struct statfs s;
	if (disk_gone)
		return errno = ENOTCONN, -1;
	int r = fstatfs(fd, &s);
	if (!r)
		*ret = (struct statvfs){
			.f_bsize = (unsigned long)s.f_bsize,
			.f_frsize = (unsigned long)s.f_frsize,
			.f_blocks = s.f_blocks,
			.f_bfree = s.f_bfree,
			.f_bavail = s.f_bavail,
		};
	return r;
}

/* A map with 2 MiB that wait, of which a commit can write the first half. */
static struct map *short_of_room(struct place *p)
{
	struct map *m = quiet(p);
	sync_text(m, "a", "1");
	struct buf v = BUF_INIT;
	cleanup(batch_freep) struct batch *b = batch_new();
	memset(buf_extend(&v, 2u << 20), 1, 2u << 20);
	batch_put_buf(b, MAP_BLOCK, span_str("big"), &v);
	batch_put(b, MAP_RECORDS, span_str("y"), span_str("2"));
	assert_int_equal(map_apply(m, b), ERR_OK);
	limit_files((1u << 20) + 100); /* within its pages */
	return m;
}

/* A disk that gets full in the middle of a write, and has room again when it is asked: LMDB says EIO, as of a disk that
 * fails. */
static void a_short_write_of_a_commit_is_no_failure(void **state)
{
	(void)state;
	struct place p;
	struct map *m = short_of_room(&p);
	struct map_stats st;
	assert_int_equal(map_commit(m), ERR_NOSPACE);
	map_stats(m, &st);
	assert_int_equal(st.failed, ERR_OK);
	limit_files(RLIM_INFINITY);
	assert_int_equal(map_commit(m), ERR_OK);
	assert_int_equal(map_close(m), ERR_OK);
	m = place_open(&p);
	has_text(m, MAP_RECORDS, "y", "2");
	done(&p, m);
}

/* The same of a disk that is taken away in the middle of a write: it is not full, and nobody is told so. */
static void a_short_write_on_a_disk_that_is_gone_is_final(void **state)
{
	(void)state;
	struct place p;
	struct map *m = short_of_room(&p);
	disk_gone = true;
	err_t e = map_commit(m);
	disk_gone = false;
	limit_files(RLIM_INFINITY);
	assert_int_equal(e, ERR_IO);
	stays_failed(&p, m, "y");
}

static void the_log_shows_no_plaintext(void **state)
{
	(void)state;
	struct place p;
	struct map *m = quiet(&p);
	sync_text(m, "key of a record", "a very private value");
	assert_int_equal(map_commit(m), ERR_OK);
	static const char *const files[] = { "log", "data.mdb" };
	for (size_t f = 0; f < ARRAY_LEN(files); f++) {
		char path[128];
		snprintf(path, sizeof(path), "%s/%s", p.dir, files[f]);
		cleanup_fd int fd = open(path, O_RDONLY);
		cleanup_free char *all = malloc(HEAD_BYTES);
		ssize_t n = pread(fd, all, HEAD_BYTES, 0);
		assert_true(n > 4 * PAGE);
		assert_null(memmem(all, (size_t)n, "very private", 12));
		if (f == 0)
			assert_null(memmem(all, (size_t)n, "key of a record", 15));
	}
	done(&p, m);
}

/* Whoever can write to the log can make it of any length, for nothing: what is behind the length that it has is not
 * ours. */
static void a_log_that_was_made_longer_is_read_as_far_as_it_is_ours(void **state)
{
	(void)state;
	struct place p, i;
	struct map *m;
	three_groups(&p, &m);
	image(&p, &i);
	cleanup_fd int fd = log_fd(&i);
	assert_int_equal(ftruncate(fd, (off_t)1 << 42), 0);
	struct map *again = place_open(&i);
	has_text(again, MAP_RECORDS, "c", "3");
	assert_int_equal(wal_fill(again->wal).size, WAL_SIZE);
	done(&i, again);
	done(&p, m);
}

/* Heads of records that are newer and none, as many as fit, each of megabytes: an AEAD over each would take minutes. */
static void heads_that_are_false_are_damage(void **state)
{
	(void)state;
	struct place p, i;
	struct map *m, *again = NULL;
	struct why why = { 0 };
	three_groups(&p, &m);
	image(&p, &i);
	cleanup_fd int fd = log_fd(&i);
	for (off_t at = 4 * PAGE; at < WAL_SIZE; at += PAGE) {
		struct wal_header h = { .first = 1000, .count = 1 };
		size_t room = (size_t)(WAL_SIZE - at);
		h.len = (uint32_t)MIN(room - PAGE, WAL_RECORD_MAX - PAGE);
		cleanup(buf_free) struct buf b = BUF_INIT;
		wal_header_encode(&h, &b);
		assert_int_equal(pwrite(fd, b.p, b.len, at), b.len);
	}
	assert_int_equal(map_open(&i.config, &again, &why), ERR_DAMAGED);
	assert_non_null(strstr(why.text, "log"));
	done(&p, m);
	place_remove(&i);
}

/* Or as many keys would be derived, kept and searched as somebody writes false cells. */
static void what_claims_to_be_of_a_session_leaves_no_key(void **state)
{
	(void)state;
	const struct key key = { { 7 } };
	struct seal *s = NULL;
	struct opener *o = NULL;
	uint8_t cell[100];
	const struct span k = span_str("key"), v = span_str("value");
	cleanup(buf_free) struct buf out = BUF_INIT;
	assert_int_equal(seal_new(&key, CIPHER_AES256GCM, &s), ERR_OK);
	assert_non_null(o = opener_new(s));
	size_t n = cell_size(s, MAP_RECORDS, v.len);
	assert_in_range(n, v.len, sizeof(cell));
	for (unsigned round = 0; round < 2; round++) {
		assert_int_equal(cell_write(s, MAP_RECORDS, k, v, cell), ERR_OK);
		assert_int_equal(cell_read(s, o, MAP_RECORDS, k, SPAN(cell, n), &out), ERR_OK);
		assert_int_equal(span_cmp(buf_span(&out), v), 0);
		assert_int_equal(seal_sessions(s), 1);
		for (unsigned i = 0; i < 500; i++) {
			memcpy(cell + CELL_HEAD, &i, sizeof(i));
			assert_int_equal(cell_read(s, o, MAP_RECORDS, k, SPAN(cell, n), &out), ERR_DAMAGED);
		}
		assert_int_equal(seal_sessions(s), 1);
	}
	opener_freep(&o);
	seal_freep(&s);
}

int main(void)
{
	log_to(log_levels_all(LOG_ERROR), open("/dev/null", O_WRONLY | O_CLOEXEC));
	assert_true(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_crash_keeps_what_was_synced_and_no_more),
		cmocka_unit_test(dying_in_the_replay_is_harmless),
		cmocka_unit_test(a_torn_last_group_ends_the_log_in_silence),
		cmocka_unit_test(damage_before_a_valid_group_is_reported),
		cmocka_unit_test(an_earlier_lap_is_not_replayed),
		cmocka_unit_test(groups_over_a_commit_are_replayed_once),
		cmocka_unit_test(more_than_the_log_holds_goes_to_the_base),
		cmocka_unit_test(a_failed_log_write_is_final),
		cmocka_unit_test(a_short_write_of_a_commit_is_no_failure),
		cmocka_unit_test(a_short_write_on_a_disk_that_is_gone_is_final),
		cmocka_unit_test(a_failed_commit_is_final),
		cmocka_unit_test(the_log_shows_no_plaintext),
		cmocka_unit_test(a_log_that_was_made_longer_is_read_as_far_as_it_is_ours),
		cmocka_unit_test(heads_that_are_false_are_damage),
		cmocka_unit_test(what_claims_to_be_of_a_session_leaves_no_key),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

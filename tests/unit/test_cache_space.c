/* SPDX-License-Identifier: MIT
 * A disk that runs full, on a small tmpfs: early refusal, deletes, nothing accepted is lost. Needs root to mount;
 * without, the tests say so and are skipped.
 */
#include "cache/failure.h"
#include "cache/memtable.h"
#include "cache/wal.h"
#include "cache_util.h"
#include "util/log.h"

#include <fcntl.h>
#include <sys/mount.h>

#define BLOCK 100000

static void mount_small(struct place *p, const char *size)
{
	place_make(p, DISK);
	char options[64];
	snprintf(options, sizeof(options), "size=%s", size);
	if (mount("tmpfs", p->dir, "tmpfs", 0, options)) {
		print_error("NOT RUN: cannot mount a small tmpfs (%s)\n", strerror(errno));
		place_remove(p);
		skip(); /* in CI a failure */
	}
	p->config.memtable_max = 4u << 20;
	p->config.reserve = 8u << 20;
}

static void unmount_small(struct place *p)
{
	assert_int_equal(umount(p->dir), 0);
	place_remove(p);
}

static err_t put_block_for(struct map *m, struct batch *b, uint32_t i, enum map_use use)
{
	struct buf v = BUF_INIT;
	memset(buf_extend(&v, BLOCK), (int)i, BLOCK);
	batch_clear(b);
	batch_use(b, use);
	batch_put_buf(b, MAP_BLOCK, SPAN(&i, sizeof(i)), &v);
	batch_put(b, MAP_RECORDS, SPAN(&i, sizeof(i)), span_str("record"));
	return map_apply(m, b);
}

static err_t put_block(struct map *m, struct batch *b, uint32_t i)
{
	return put_block_for(m, b, i, MAP_WRITES);
}

static void has_block(struct map *m, uint32_t i)
{
	uint8_t last;
	size_t total;
	assert_int_equal(map_peek(m, MAP_BLOCK, SPAN(&i, sizeof(i)), (struct map_range){ BLOCK - 1, 1 }, &last, &total),
	                 ERR_OK);
	assert_true(last == (uint8_t)i && total == BLOCK);
	assert_int_equal(map_has(m, MAP_RECORDS, SPAN(&i, sizeof(i))), ERR_OK);
}

/* fill: blocks until the map refuses; returns how many it took. */
static uint32_t fill(struct map *m, struct batch *b)
{
	for (uint32_t i = 1;; i++) {
		while (map_pressure(m))
			usleep(1000);
		err_t e = put_block(m, b, i);
		if (!e)
			continue;
		assert_int_equal(e, ERR_NOSPACE);
		assert_false(batch_empty(b)); /* the caller still has it */
		return i - 1;
	}
}

static err_t retry_put(struct map *m, struct batch *b, uint32_t i)
{
	err_t e = ERR_NOSPACE;
	for (int n = 0; n < 3000 && e == ERR_NOSPACE; n++) {
		e = put_block(m, b, i);
		if (e)
			usleep(1000);
	}
	return e;
}

static void a_full_disk_refuses_early_and_loses_nothing(void **state)
{
	(void)state;
	struct place p;
	mount_small(&p, "120m");
	struct map *m = place_open(&p);
	cleanup(batch_freep) struct batch *b = batch_new();
	uint32_t n = fill(m, b);
	assert_true(n > 300);
	assert_int_equal(map_sync(m), ERR_OK);
	assert_int_equal(map_commit(m), ERR_OK); /* what was accepted fits */
	for (uint32_t i = 1; i <= n; i++)
		has_block(m, i);
	batch_clear(b);
	for (uint32_t i = 1; i <= n / 2; i++) {
		batch_del(b, MAP_BLOCK, SPAN(&i, sizeof(i)));
		batch_del(b, MAP_RECORDS, SPAN(&i, sizeof(i)));
	}
	assert_int_equal(map_apply(m, b), ERR_OK);
	batch_use(b, MAP_REMOVES);
	batch_del(b, MAP_RECORDS, span_str("x"));
	batch_put(b, MAP_RECORDS, span_str("parent"), span_str("a small put with a delete dips into the reserve"));
	assert_int_equal(map_apply(m, b), ERR_OK);
	assert_int_equal(map_commit(m), ERR_OK);
	assert_int_equal(map_close(m), ERR_OK);
	m = place_open(&p);
	for (uint32_t i = n / 2 + 1; i <= n; i++)
		has_block(m, i);
	struct map_stats st;
	map_stats(m, &st);
	assert_true(st.blocks == n - n / 2 && st.failed == ERR_OK);
	for (uint32_t i = 1; i < n / 4; i++) { /* freed pages count as room */
		assert_int_equal(retry_put(m, b, i), ERR_OK);
		while (map_pressure(m))
			usleep(1000);
	}
	assert_int_equal(map_commit(m), ERR_OK);
	for (uint32_t i = 1; i < n / 4; i++)
		has_block(m, i);
	assert_int_equal(map_close(m), ERR_OK);
	unmount_small(&p);
}

static int eat(const struct place *p)
{
	char path[128];
	static char junk[1u << 16];
	snprintf(path, sizeof(path), "%s/junk", p->dir);
	cleanup_fd int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	assert_true(fd >= 0);
	while (write(fd, junk, sizeof(junk)) > 0)
		;
	return errno;
}

static err_t note(struct map_txn *x, void *ctx)
{
	(void)ctx;
	return map_txn_put(x, MAP_STATE, span_str("noted"), span_str("x"));
}

static void a_commit_without_space_is_tried_again(void **state)
{
	(void)state;
	struct place p;
	mount_small(&p, "120m");
	p.config.commit_ms = 60000;
	struct map *m = place_open(&p);
	cleanup(batch_freep) struct batch *b = batch_new();
	uint32_t n = 0;
	assert_int_equal(map_claim(m, 300 * BLOCK), ERR_OK);
	assert_int_equal(eat(&p), ENOSPC); /* somebody else takes what we were counting on */
	while (n < 300)
		assert_int_equal(put_block_for(m, b, ++n, MAP_CLAIMED), ERR_OK);
	map_claim_change(m, -300 * BLOCK);
	assert_int_equal(map_commit(m), ERR_NOSPACE);
	assert_int_equal(map_commit(m), ERR_NOSPACE);
	assert_int_equal(map_sync(m), ERR_NOSPACE);
	assert_int_equal(put_block(m, b, n + 1), ERR_NOSPACE);
	assert_int_equal(map_transact(m, note, NULL), ERR_NOSPACE);
	has_text(m, MAP_STATE, "noted", NULL);
	batch_clear(b);
	batch_del(b, MAP_RECORDS, span_str("x"));
	assert_int_equal(map_apply(m, b), ERR_OK);
	for (uint32_t i = 1; i <= n; i++)
		has_block(m, i);
	struct map_stats st;
	map_stats(m, &st);
	assert_int_equal(st.failed, ERR_OK);
	char path[128];
	snprintf(path, sizeof(path), "%s/junk", p.dir);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(map_commit(m), ERR_OK);
	assert_int_equal(retry_put(m, b, n + 1), ERR_OK);
	assert_int_equal(map_close(m), ERR_OK);
	m = place_open(&p);
	for (uint32_t i = 1; i <= n + 1; i++)
		has_block(m, i);
	assert_int_equal(map_close(m), ERR_OK);
	unmount_small(&p);
}

/* room_of: the most that map_room grants, to 64 KiB; a grant is the last that was asked for. */
static uint64_t room_of(struct map *m)
{
	uint64_t bytes = 0;
	while (map_room(m, bytes + (64u << 10)) == ERR_OK)
		bytes += 64u << 10;
	assert_int_equal(map_room(m, bytes), ERR_OK);
	return bytes;
}

/* What a commit took is not granted once more by an answer from before. */
static void a_commit_makes_the_last_answer_void(void **state)
{
	(void)state;
	struct place p;
	mount_small(&p, "120m");
	p.config.commit_ms = 60000;
	struct map *m = place_open(&p);
	cleanup(batch_freep) struct batch *b = batch_new();
	uint64_t room = room_of(m);
	for (uint32_t i = 1; i <= 15; i++)
		assert_int_equal(put_block(m, b, i), ERR_OK);
	assert_int_equal(map_commit(m), ERR_OK);
	assert_int_equal(map_room(m, room - (1u << 20)), ERR_NOSPACE);
	assert_int_equal(map_close(m), ERR_OK);
	unmount_small(&p);
}

struct gate { /* before a commit freezes anything */
	pthread_mutex_t lock;
	pthread_cond_t opened;
	bool open;
};

static void gate_pass(void *ctx)
{
	struct gate *g = ctx;
	guard(&g->lock);
	while (!g->open)
		pthread_cond_wait(&g->opened, &g->lock);
}

static void gate_open(struct gate *g)
{
	guard(&g->lock);
	g->open = true;
	pthread_cond_broadcast(&g->opened);
}

/* full_at_a_gate: there is no room beside what waits, and no commit comes before the gate is open. */
static struct map *full_at_a_gate(struct place *p, struct gate *g)
{
	cleanup(batch_freep) struct batch *b = batch_new();
	p->config.commit_ms = 60000;
	struct map *m = place_open(p);
	map_on_freeze(m, &(struct map_freeze){ .before = gate_pass, .ctx = g });
	for (uint32_t i = 1; put_block(m, b, i) == ERR_OK; i++)
		;
	assert_int_equal(map_claim(m, BLOCK), ERR_BUSY);
	return m;
}

/* What waits is reckoned twice: who finds no room beside it is told to wait for the commit, however long that takes. */
static void a_claim_waits_for_what_a_commit_gives(void **state)
{
	(void)state;
	struct place p;
	mount_small(&p, "120m");
	struct gate g = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false };
	struct map *m = full_at_a_gate(&p, &g);
	assert_false(map_refused_lately(m));
	gate_open(&g);
	assert_int_equal(map_commit(m), ERR_OK);
	err_t e;
	int64_t claimed = 0;
	while (!(e = map_claim(m, BLOCK)))
		claimed += BLOCK;
	assert_int_equal(e, ERR_NOSPACE); /* no commit takes claims away */
	assert_true(claimed > 0);
	map_claim_change(m, -claimed);
	map_on_freeze(m, NULL);
	assert_int_equal(map_close(m), ERR_OK);
	unmount_small(&p);
}

/* After the disk failed no commit comes that could be waited for. */
static void a_claim_does_not_wait_for_a_map_that_failed(void **state)
{
	(void)state;
	struct place p;
	mount_small(&p, "120m");
	struct gate g = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false };
	struct map *m = full_at_a_gate(&p, &g);
	assert_int_equal(map_fail(m, ERR_IO, "a write that failed"), ERR_IO);
	assert_int_equal(map_claim(m, BLOCK), ERR_IO);
	assert_false(map_pressure(m));
	gate_open(&g);
	map_on_freeze(m, NULL);
	assert_int_equal(map_close(m), ERR_IO);
	unmount_small(&p);
}

/* What is accepted finds its room later, however much others write meanwhile. */
static void what_is_claimed_is_kept_for_it(void **state)
{
	(void)state;
	struct place p;
	mount_small(&p, "120m");
	struct map *m = place_open(&p);
	cleanup(batch_freep) struct batch *b = batch_new();
	uint32_t claimed = 0, n;
	while (claimed < 300) {
		assert_int_equal(map_claim(m, BLOCK), ERR_OK);
		claimed++;
	}
	for (n = 0; retry_put(m, b, n + 1) == ERR_OK; n++)
		;
	assert_false(map_refused_lately(m));
	assert_int_equal(map_claim(m, BLOCK), ERR_NOSPACE);
	assert_true(map_refused_lately(m));
	for (uint32_t i = 1; i <= claimed; i++) {
		assert_int_equal(put_block_for(m, b, n + i, MAP_CLAIMED), ERR_OK);
		map_claim_change(m, -BLOCK);
	}
	assert_int_equal(map_commit(m), ERR_OK);
	assert_int_equal(map_close(m), ERR_OK);
	m = place_open(&p);
	for (uint32_t i = 1; i <= n + claimed; i++)
		has_block(m, i);
	assert_int_equal(map_close(m), ERR_OK);
	unmount_small(&p);
}

#define LARGE 40000
static const uint8_t large[LARGE];
static struct span said_key(uint32_t i, uint8_t out[5])
{
	out[0] = MAP_LOCAL;
	memcpy(out + 1, &i, sizeof(i));
	return SPAN(out, 5);
}

/* removal: of record i, as the file system does it: an open set says of it at most as much as the record does; and once
 * more after a commit when refused. */
static err_t removal(struct map *m, struct batch *b, uint32_t i)
{
	uint8_t k[5];
	err_t e = ERR_NOSPACE;
	for (int tries = 0; tries < 3 && e == ERR_NOSPACE; tries++) {
		if (tries)
			assert_int_equal(map_commit(m), ERR_OK);
		batch_clear(b);
		batch_use(b, MAP_REMOVES);
		batch_put(b, MAP_RECORDS, said_key(i, k), SPAN(large, sizeof(large)));
		batch_put(b, MAP_RECORDS, span_str("parent"), SPAN(&i, sizeof(i)));
		e = map_apply(m, b);
	}
	return e;
}

/* queue_objects: as building the commit does: about as much as `*ctx` records, into the queue. */
static err_t queue_objects(struct map_txn *x, void *ctx)
{
	static const uint8_t object[400000];
	err_t e = ERR_OK;
	for (uint32_t i = 0; !e && i < *(uint32_t *)ctx / 10; i++)
		e = map_txn_put(x, MAP_QUEUE, SPAN(&i, sizeof(i)), SPAN(object, sizeof(object)));
	return e;
}

#define PART 6 /* records: 256 KiB, as in vault/changeset/publish.h */

/* publish: as the engine does it, by parts: what the set said takes the records' place, and goes. */
static void publish(struct map *m, struct batch *b, uint32_t n)
{
	uint8_t k[5];
	for (uint32_t i = 1; i < n; i++) {
		if (i % PART == 1) {
			batch_clear(b);
			batch_use(b, MAP_CLAIMED);
		}
		batch_put(b, MAP_RECORDS, SPAN(&i, sizeof(i)), SPAN(large, sizeof(large)));
		batch_del(b, MAP_RECORDS, said_key(i, k));
		if (i % PART == 0 || i + 1 == n)
			assert_int_equal(map_apply(m, b), ERR_OK);
		if (i % (10 * PART) == 0)
			assert_int_equal(map_commit(m), ERR_OK);
	}
	assert_int_equal(map_commit(m), ERR_OK);
}

/* What is said of a removed record may be as large as the record. All can go, also when the commit waits in the queue:
 * in commits that fit. */
static void large_records_can_be_removed_from_a_full_disk(void **state)
{
	(void)state;
	struct place p;
	mount_small(&p, "120m");
	p.config.commit_ms = 60000;
	struct map *m = place_open(&p);
	cleanup(batch_freep) struct batch *b = batch_new();
	uint32_t n = 0;
	err_t e = ERR_OK;
	while (!e) {
		while (map_pressure(m))
			usleep(1000);
		n++;
		batch_clear(b);
		batch_put(b, MAP_RECORDS, SPAN(&n, sizeof(n)), SPAN(large, sizeof(large)));
		e = map_apply(m, b);
	}
	assert_int_equal(e, ERR_NOSPACE);
	assert_true(n > 500);
	assert_int_equal(map_commit(m), ERR_OK);
	assert_int_equal(map_transact(m, queue_objects, &n), ERR_OK);
	for (uint32_t i = 1; i < n; i++)
		assert_int_equal(removal(m, b, i), ERR_OK);
	assert_int_equal(map_commit(m), ERR_OK);
	publish(m, b, n);
	for (uint32_t i = 1; i < n; i++) {
		uint8_t k[5];
		assert_int_equal(map_has(m, MAP_RECORDS, SPAN(&i, sizeof(i))), ERR_OK);
		assert_int_equal(map_has(m, MAP_RECORDS, said_key(i, k)), ERR_NOTFOUND);
	}
	assert_int_equal(map_close(m), ERR_OK);
	unmount_small(&p);
}

static void no_room_to_open_is_said(void **state)
{
	(void)state;
	struct place p;
	mount_small(&p, "4m");
	struct map *m = NULL;
	struct why why = { 0 };
	assert_int_equal(map_open(&p.config, &m, &why), ERR_NOSPACE);
	assert_null(m);
	assert_true(why.text[0]);
	unmount_small(&p);
}

/* --- the write-ahead log --- */
static struct wal *wal_sparse(struct place *p, struct seal **seal)
{
	char path[128];
	struct why why = { 0 };
	struct wal *l = NULL;
	snprintf(path, sizeof(path), "%s/log", p->dir);
	cleanup_fd int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0 && ftruncate(fd, 1 << 20) == 0); /* sparse: a write may find no space */
	assert_int_equal(seal_new(&p->key, CIPHER_AES256GCM, seal), ERR_OK);
	assert_int_equal(wal_open(p->dir, 1 << 20, *seal, &l, &why), ERR_OK);
	return l;
}

/* A record of which a part is on the disk already was sealed under the number of its first op. Another record that
 * begins with the same op would be sealed under the same nonce. */
static void a_torn_record_is_never_sealed_again_with_its_number(void **state)
{
	(void)state;
	struct place p;
	mount_small(&p, "64k");
	static uint8_t value[200000];
	struct seal *seal = NULL;
	struct wal *l = wal_sparse(&p, &seal);
	struct memtable *o = memtable_new();
	memtable_link(o, memtable_prepare(o, MAP_QUEUE, span_str("a"), SPAN(value, sizeof(value)), false), 1);
	assert_int_equal(wal_append(l, NULL, o, 0, 1), ERR_NOSPACE);
	assert_int_equal(mount("tmpfs", p.dir, "tmpfs", MS_REMOUNT, "size=4m"), 0);
	memtable_link(o, memtable_prepare(o, MAP_QUEUE, span_str("b"), SPAN(value, 10), false), 2);
	assert_int_equal(wal_append(l, NULL, o, 0, 2), ERR_NOSPACE); /* op 1 again: only the base can take it */
	assert_int_equal(wal_append(l, NULL, o, 1, 2), ERR_OK);
	memtable_unref(o);
	wal_freep(&l);
	seal_freep(&seal);
	unmount_small(&p);
}

int main(void)
{
	log_to(log_levels_all(LOG_ERROR), open("/dev/null", O_WRONLY | O_CLOEXEC));
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_full_disk_refuses_early_and_loses_nothing),
		cmocka_unit_test(a_commit_without_space_is_tried_again),
		cmocka_unit_test(a_commit_makes_the_last_answer_void),
		cmocka_unit_test(what_is_claimed_is_kept_for_it),
		cmocka_unit_test(a_claim_waits_for_what_a_commit_gives),
		cmocka_unit_test(a_claim_does_not_wait_for_a_map_that_failed),
		cmocka_unit_test(large_records_can_be_removed_from_a_full_disk),
		cmocka_unit_test(no_room_to_open_is_said),
		cmocka_unit_test(a_torn_record_is_never_sealed_again_with_its_number),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

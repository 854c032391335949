/* SPDX-License-Identifier: MIT
 * Reads of non-resident and damaged blocks: waiting, interrupting, fetching ahead, the file changing meanwhile.
 */
#include "fs/residency/evict.h"
#include "fs_data_util.h"

#include <unistd.h>

#define SIZE (24u * BLOCK_SIZE)

struct bed {
	struct rig r;
	struct fs_file *h;
	uint8_t *p;
};

static void begin(struct bed *c, size_t n)
{
	rig_open(&c->r);
	c->h = rig_create(&c->r);
	c->p = malloc(n);
	fill(c->p, n, 5);
	rig_write(&c->r, c->h, 0, c->p, n);
	rig_publish(&c->r);
	rig_drop_local(&c->r);
}

static void end(struct bed *c)
{
	fs_file_close(c->r.fs, c->h);
	free(c->p);
	rig_close(&c->r);
}

static struct got got_new(void *p, size_t cap)
{
	return (struct got){ PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false, 0, p, 0, cap };
}

static bool got_ready(struct got *g)
{
	guard(&g->lock);
	return g->done;
}

static uint64_t parked(struct bed *c)
{
	struct fs_stats s;
	fs_stats(c->r.fs, &s);
	return s.parked;
}

static void non_resident_reads_come_from_the_store_once(void **state)
{
	(void)state;
	struct bed c;
	begin(&c, SIZE);
	struct fault_plan plan = { .ops = FAULT_GET, .delay = 500, .delay_ms = 10 };
	fault_set(c.r.store, &plan);
	rig_check(&c.r, c.h, c.p, SIZE);
	assert_int_equal(c.r.count->gets, 24);
	rig_check(&c.r, c.h, c.p, SIZE);
	assert_int_equal(c.r.count->gets, 24);
	end(&c);
}

static void a_waiting_read_holds_nothing_up(void **state)
{
	(void)state;
	struct bed c;
	struct stat st;
	uint8_t out[10];
	begin(&c, SIZE);
	struct got g = got_new(out, sizeof(out));
	fault_pause(c.r.store, FAULT_GET);
	uint64_t ticket = fs_read(c.r.fs, c.h, 5 * BLOCK_SIZE + 3, 10, got_done, &g);
	assert_true(ticket != 0);
	assert_int_equal(parked(&c), 1);
	assert_int_equal(fs_mkdir(c.r.fs, &c.r.who, INO_ROOT, "d", 0755, &st), 0);
	rig_write(&c.r, c.h, 0, "abc", 3);
	assert_int_equal(fs_fsync(c.r.fs, fs_ino_of(c.h)), 0);
	assert_false(got_ready(&g));
	fault_pause(c.r.store, 0);
	size_t n;
	assert_int_equal(got_wait(&g, &n), 0);
	assert_int_equal(n, 10);
	assert_memory_equal(out, c.p + 5 * BLOCK_SIZE + 3, 10);
	end(&c);
}

static void an_interrupted_read_answers_at_once(void **state)
{
	(void)state;
	struct bed c;
	uint8_t *out = malloc(SIZE);
	begin(&c, SIZE);
	struct got g = got_new(out, SIZE), other = got_new(out, 10);
	fault_pause(c.r.store, FAULT_GET);
	uint64_t ticket = fs_read(c.r.fs, c.h, 0, SIZE, got_done, &g);
	fs_read_cancel(c.r.fs, ticket);
	assert_true(got_ready(&g));
	assert_int_equal(g.err, EINTR);
	fs_read_cancel(c.r.fs, ticket); /* nobody there any more */
	fs_read_cancel(c.r.fs, 12345);
	assert_int_equal(parked(&c), 0);
	fs_read(c.r.fs, c.h, 0, 10, got_done, &other);
	fault_pause(c.r.store, 0);
	size_t n;
	assert_int_equal(got_wait(&other, &n), 0);
	assert_memory_equal(out, c.p, 10);
	free(out);
	end(&c);
}

static void closing_answers_waiting_reads(void **state)
{
	(void)state;
	struct bed c;
	uint8_t out[10];
	begin(&c, SIZE);
	struct got g = got_new(out, sizeof(out));
	fault_pause(c.r.store, FAULT_GET);
	fs_read(c.r.fs, c.h, 0, 10, got_done, &g);
	fs_file_close(c.r.fs, c.h);
	assert_int_equal(fs_close(c.r.fs), 0);
	assert_true(got_ready(&g));
	assert_int_equal(g.err, EIO);
	rig_fs(&c.r, c.r.fetch);
	fault_pause(c.r.store, 0);
	free(c.p);
	rig_close(&c.r);
}

static void a_peek_moves_little(void **state)
{
	(void)state;
	struct bed c;
	uint8_t out[100];
	size_t n;
	begin(&c, SIZE);
	assert_int_equal(rig_read(&c.r, c.h, 10 * BLOCK_SIZE, out, 100, &n), 0);
	assert_true(c.r.count->bytes < 200000);
	assert_int_equal(c.r.count->gets, 1);
	end(&c);
}

static void a_sequential_reader_is_run_ahead_of(void **state)
{
	(void)state;
	struct bed c;
	uint8_t *out = malloc(BLOCK_SIZE);
	size_t n;
	begin(&c, SIZE);
	for (unsigned i = 0; i < 24; i++) {
		assert_int_equal(rig_read(&c.r, c.h, (uint64_t)i * BLOCK_SIZE, out, BLOCK_SIZE, &n), 0);
		assert_memory_equal(out, c.p + (size_t)i * BLOCK_SIZE, BLOCK_SIZE);
	}
	assert_true(c.r.count->gets < 16); /* ranges of several blocks */
	free(out);
	end(&c);
}

static void dirty_bytes_are_not_fetched(void **state)
{
	(void)state;
	struct bed c;
	begin(&c, SIZE);
	fill(c.p, BLOCK_SIZE, 9);
	rig_write(&c.r, c.h, 0, c.p, BLOCK_SIZE);
	fill(c.p + BLOCK_SIZE, 1000, 10);
	rig_write(&c.r, c.h, BLOCK_SIZE, c.p + BLOCK_SIZE, 1000);
	uint8_t *out = malloc(BLOCK_SIZE + 1000);
	size_t n;
	assert_int_equal(rig_read(&c.r, c.h, 0, out, BLOCK_SIZE + 1000, &n), 0);
	assert_memory_equal(out, c.p, BLOCK_SIZE + 1000);
	assert_int_equal(c.r.count->gets, 0);
	free(out);
	end(&c);
}

/* empty_store: every object of group 0's blocks is deleted. */
static void empty_store(struct bed *c)
{
	struct extent *list = malloc(EXTENTS_MAX * sizeof(*list));
	size_t n = rig_extents(&c->r, c->h, 0, list);
	for (size_t i = 0; i < n; i++) {
		char name[OBJECT_NAME];
		name_id(rig_segment(&c->r, list[i].block), name);
		assert_int_equal(store_del_sync(c->r.store, name), ERR_OK);
	}
	free(list);
}

static void a_block_replaced_while_it_is_fetched_is_no_error(void **state)
{
	(void)state;
	struct bed c;
	struct fs_damage d[1];
	uint8_t *out = malloc(2 * BLOCK_SIZE);
	size_t n;
	begin(&c, SIZE);
	struct got g = got_new(out, 2 * BLOCK_SIZE);
	fault_pause(c.r.store, FAULT_GET);
	fs_read(c.r.fs, c.h, 0, 2 * BLOCK_SIZE, got_done, &g);
	empty_store(&c);
	fill(c.p, 2 * BLOCK_SIZE, 77);
	rig_write(&c.r, c.h, 0, c.p, 2 * BLOCK_SIZE);
	assert_int_equal(fs_fsync(c.r.fs, fs_ino_of(c.h)), 0); /* the old blocks are deleted now */
	assert_false(got_ready(&g));
	fault_pause(c.r.store, 0);
	assert_int_equal(got_wait(&g, &n), 0);
	assert_memory_equal(out, c.p, n);
	assert_int_equal(fs_damaged(c.r.fs, d, 1), 0);
	free(out);
	end(&c);
}

static void spoil_local(struct rig *r, struct id id)
{
	struct buf b = BUF_INIT;
	assert_int_equal(map_get(r->map, MAP_BLOCK, id_span(&id), &b), ERR_OK);
	b.p[100] ^= 1;
	struct batch *x = batch_new();
	batch_put(x, MAP_BLOCK, id_span(&id), buf_span(&b));
	assert_int_equal(map_apply(r->map, x), ERR_OK);
	batch_freep(&x);
	buf_free(&b);
}

static void a_damaged_cache_heals_from_the_store(void **state)
{
	(void)state;
	struct bed c;
	struct extent *list = malloc(EXTENTS_MAX * sizeof(*list));
	begin(&c, SIZE);
	rig_check(&c.r, c.h, c.p, SIZE);
	rig_extents(&c.r, c.h, 0, list);
	uint64_t before = c.r.count->gets;
	spoil_local(&c.r, list[2].block);
	rig_check(&c.r, c.h, c.p, SIZE);
	assert_true(c.r.count->gets == before + 1);
	rig_check(&c.r, c.h, c.p, SIZE);
	assert_true(c.r.count->gets == before + 1);
	free(list);
	end(&c);
}

static void shorten(struct bed *c, off_t size)
{
	struct stat st, want = { .st_size = size };
	assert_int_equal(fs_setattr(c->r.fs, &c->r.who, fs_ino_of(c->h), &want, FS_SET_SIZE, &st), 0);
}

static void a_damaged_block_that_is_written_anew_is_damaged_no_more(void **state)
{
	(void)state;
	struct fs_damage d[4];
	uint8_t out[200];
	size_t n;
	for (unsigned how = 0; how < 3; how++) {
		struct bed c;
		begin(&c, SIZE);
		struct fault_plan plan = { .ops = FAULT_GET, .cut = 1000, .garble = 1000, .front = true };
		fault_set(c.r.store, &plan);
		assert_int_equal(rig_read(&c.r, c.h, BLOCK_SIZE, out, 100, &n), EIO);
		assert_int_equal(fs_damaged(c.r.fs, d, 4), 1);
		rig_write(&c.r, c.h, 0, c.p, BLOCK_SIZE); /* beside it */
		assert_int_equal(fs_fsync(c.r.fs, fs_ino_of(c.h)), 0);
		assert_int_equal(fs_damaged(c.r.fs, d, 4), 1);
		fill(c.p, 2 * BLOCK_SIZE, 77);
		if (how == 0) /* nobody reads it */
			rig_write(&c.r, c.h, BLOCK_SIZE, c.p + BLOCK_SIZE, BLOCK_SIZE);
		else
			shorten(&c, how == 1 ? 0 : BLOCK_SIZE);
		assert_int_equal(fs_fsync(c.r.fs, fs_ino_of(c.h)), 0);
		assert_int_equal(fs_damaged(c.r.fs, d, 4), 0);
		fault_set(c.r.store, &(struct fault_plan){ 0 });
		end(&c);
	}
}

static void damage_ends_when_the_block_is_whole(void **state)
{
	(void)state;
	struct bed c;
	struct fs_damage seen[4];
	struct extent list[EXTENTS_MAX];
	begin(&c, SIZE);
	struct fs *fs = c.r.fs;
	assert_true(rig_extents(&c.r, c.h, 0, list) > 1);
	damage_block(fs, &(struct damage_place){ fs_ino_of(c.h), 0 }, "00ff", list[0].block);
	damage_block_over(fs, list[1].block);
	assert_int_equal(fs_damaged(fs, seen, 4), 1);
	damage_block_over(fs, list[0].block);
	assert_int_equal(fs_damaged(fs, seen, 4), 0);
	end(&c);
}

/* It came with another's, or was read by who went past: nobody asks the store for it again. */
static void damage_ends_also_when_the_block_is_here(void **state)
{
	(void)state;
	struct bed c;
	struct fs_damage seen[4];
	struct extent list[EXTENTS_MAX];
	uint8_t out[100];
	size_t n;
	begin(&c, SIZE);
	struct fs *fs = c.r.fs;
	assert_true(rig_extents(&c.r, c.h, 0, list) > 1);
	assert_int_equal(rig_read(&c.r, c.h, BLOCK_SIZE, out, 100, &n), 0);
	damage_block(fs, &(struct damage_place){ fs_ino_of(c.h), BLOCK_SIZE }, "00ff", list[1].block);
	assert_int_equal(rig_read(&c.r, c.h, 0, out, 100, &n), 0);
	assert_int_equal(fs_damaged(fs, seen, 4), 1);
	assert_int_equal(rig_read(&c.r, c.h, BLOCK_SIZE, out, 100, &n), 0);
	assert_int_equal(fs_damaged(fs, seen, 4), 0);
	end(&c);
}

static void damage_without_a_copy_is_an_error_with_a_name(void **state)
{
	(void)state;
	struct bed c;
	struct fs_damage d[4];
	uint8_t out[200];
	size_t n;
	begin(&c, SIZE);
	struct fault_plan plan = { .ops = FAULT_GET, .cut = 1000, .garble = 1000, .front = true };
	fault_set(c.r.store, &plan);
	assert_int_equal(rig_read(&c.r, c.h, 0, out, 100, &n), EIO);
	assert_int_equal(fs_damaged(c.r.fs, d, 4), 1);
	assert_string_equal(d[0].path, "/file0");
	assert_int_equal(strlen(d[0].object), 32);
	plan = (struct fault_plan){ 0 };
	fault_set(c.r.store, &plan);
	assert_int_equal(rig_read(&c.r, c.h, 0, out, 100, &n), 0); /* the rest of the file, and later tries, are fine */
	/* a block that never left this device */
	struct extent *list = malloc(EXTENTS_MAX * sizeof(*list));
	fill(c.p, 5000, 3);
	rig_write(&c.r, c.h, 0, c.p, 5000);
	assert_int_equal(fs_fsync(c.r.fs, fs_ino_of(c.h)), 0);
	rig_extents(&c.r, c.h, 0, list);
	spoil_local(&c.r, list[0].block);
	assert_int_equal(rig_read(&c.r, c.h, 0, out, 200, &n), EIO);
	assert_int_equal(rig_read(&c.r, c.h, BLOCK_SIZE, out, 200, &n), 0);
	free(list);
	end(&c);
}

static void an_unreachable_store_is_an_error_not_zeros(void **state)
{
	(void)state;
	struct bed c;
	uint8_t out[100];
	size_t n;
	begin(&c, SIZE);
	fault_offline(c.r.store, ERR_NET);
	assert_int_equal(rig_read(&c.r, c.h, 0, out, 100, &n), EIO);
	fault_offline(c.r.store, ERR_OK);
	assert_int_equal(rig_read(&c.r, c.h, 0, out, 100, &n), 0);
	assert_memory_equal(out, c.p, 100);
	end(&c);
}

/* --- threads --- */
#define SLOT 40000u
#define SLOTS 30u

struct worker {
	struct bed *c;
	unsigned seed;
	_Atomic bool *stop;
};

/* Every slot is written whole, with one byte value: a read of one write's range sees the bytes of whole writes. */
static void *writes_slots(void *ctx)
{
	struct worker *w = ctx;
	uint8_t *p = malloc(SLOT);
	unsigned seed = w->seed;
	for (unsigned i = 0; i < 150; i++) {
		memset(p, (int)(i % 251), SLOT);
		rig_write(&w->c->r, w->c->h, (uint64_t)(rand_r(&seed) % SLOTS) * SLOT, p, SLOT);
		if (i % 20 == 0)
			assert_int_equal(fs_fsync(w->c->r.fs, fs_ino_of(w->c->h)), 0);
	}
	free(p);
	return NULL;
}

static void *reads_slots(void *ctx)
{
	struct worker *w = ctx;
	uint8_t *p = malloc(SLOT);
	unsigned seed = w->seed;
	while (!*w->stop) {
		size_t n, at = rand_r(&seed) % SLOTS;
		assert_int_equal(rig_read(&w->c->r, w->c->h, (uint64_t)at * SLOT, p, SLOT, &n), 0);
		assert_int_equal(n, SLOT);
		for (size_t i = 1; i < n; i++)
			if (p[i] != p[0])
				fail_msg("slot %zu: byte %zu is %u, not %u", at, i, p[i], p[0]);
	}
	free(p);
	return NULL;
}

static void *cools_blocks(void *ctx)
{
	struct worker *w = ctx;
	while (!*w->stop) {
		fs_set_cache_limit(w->c->r.fs, 1 << 20);
		evict_run(w->c->r.fs);
		usleep(500);
	}
	return NULL;
}

static void threads_see_whole_writes(void **state)
{
	(void)state;
	struct bed c;
	_Atomic bool stop = false;
	rig_open(&c.r);
	c.h = rig_create(&c.r);
	c.p = calloc(SLOTS, SLOT);
	rig_write(&c.r, c.h, 0, c.p, SLOTS * SLOT);
	rig_publish(&c.r);
	rig_drop_local(&c.r);
	struct worker w[4] = { { &c, 1, &stop }, { &c, 2, &stop }, { &c, 3, &stop }, { &c, 4, &stop } };
	pthread_t t[4];
	assert_int_equal(pthread_create(&t[0], NULL, writes_slots, &w[0]), 0);
	assert_int_equal(pthread_create(&t[1], NULL, reads_slots, &w[1]), 0);
	assert_int_equal(pthread_create(&t[2], NULL, reads_slots, &w[2]), 0);
	assert_int_equal(pthread_create(&t[3], NULL, cools_blocks, &w[3]), 0);
	pthread_join(t[0], NULL);
	stop = true;
	for (unsigned i = 1; i < 4; i++)
		pthread_join(t[i], NULL);
	end(&c);
}

/* As many as the kernel may have under way, readahead included: none may get EAGAIN. */
static void thousands_of_reads_may_wait(void **state)
{
	(void)state;
	enum { N = 5000 };
	struct bed c;
	begin(&c, SIZE);
	struct got *g = calloc(N, sizeof(*g));
	uint8_t *out = calloc(N, 16);
	fault_pause(c.r.store, FAULT_GET);
	for (size_t i = 0; i < N; i++) {
		g[i] = got_new(out + 16 * i, 16);
		fs_read(c.r.fs, c.h, i * 17 % (SIZE - 16), 16, got_done, &g[i]);
		assert_false(got_ready(&g[i]));
	}
	assert_int_equal(parked(&c), N);
	fault_pause(c.r.store, 0);
	for (size_t i = 0; i < N; i++) {
		size_t n;
		assert_int_equal(got_wait(&g[i], &n), 0);
		assert_int_equal(n, 16);
		assert_memory_equal(out + 16 * i, c.p + i * 17 % (SIZE - 16), 16);
	}
	free(g);
	free(out);
	end(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(non_resident_reads_come_from_the_store_once),
		cmocka_unit_test(a_waiting_read_holds_nothing_up),
		cmocka_unit_test(an_interrupted_read_answers_at_once),
		cmocka_unit_test(thousands_of_reads_may_wait),
		cmocka_unit_test(closing_answers_waiting_reads),
		cmocka_unit_test(a_peek_moves_little),
		cmocka_unit_test(a_sequential_reader_is_run_ahead_of),
		cmocka_unit_test(dirty_bytes_are_not_fetched),
		cmocka_unit_test(a_block_replaced_while_it_is_fetched_is_no_error),
		cmocka_unit_test(a_damaged_cache_heals_from_the_store),
		cmocka_unit_test(a_damaged_block_that_is_written_anew_is_damaged_no_more),
		cmocka_unit_test(damage_ends_when_the_block_is_whole),
		cmocka_unit_test(damage_ends_also_when_the_block_is_here),
		cmocka_unit_test(damage_without_a_copy_is_an_error_with_a_name),
		cmocka_unit_test(an_unreachable_store_is_an_error_not_zeros),
		cmocka_unit_test(threads_see_whole_writes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT
 * A data.mdb with all kinds of pages: trees of three levels, runs, lists of free pages of two levels; for the tests
 * that edit it.
 */
#pragma once

#include "pages_util.h"

#define RECORDS 300
#define BLOCKS 40

static inline void value_fill(struct buf *b, size_t len, uint32_t seed)
{
	buf_clear(b);
	uint8_t *to = buf_extend(b, len);
	memset(to, (int)seed, len);
}

static inline void fill(struct map *m)
{
	cleanup(batch_freep) struct batch *b = batch_new();
	cleanup(buf_free) struct buf v = BUF_INIT;
	char key[201];
	for (uint32_t i = 0; i < RECORDS; i++) {
		snprintf(key, sizeof(key), "%0200u", i);
		value_fill(&v, 300, i);
		batch_put(b, MAP_RECORDS, span_str(key), buf_span(&v));
		if (i < BLOCKS) {
			value_fill(&v, i % 2 ? 5000 : 30000, i);
			batch_put(b, MAP_BLOCK, SPAN(key + 184, 16), buf_span(&v));
			batch_put(b, MAP_QUEUE, SPAN(key + 184, 16), buf_span(&v));
		}
		if (i % 50 == 0)
			batch_put(b, MAP_STATE, span_str(key), span_str("state"));
	}
	assert_int_equal(map_apply(m, b), ERR_OK);
	assert_int_equal(map_commit(m), ERR_OK);
}

static inline void thin(struct map *m)
{
	cleanup(batch_freep) struct batch *b = batch_new();
	char key[201];
	for (uint32_t i = 0; i < RECORDS; i += 5) {
		snprintf(key, sizeof(key), "%0200u", i);
		batch_del(b, MAP_RECORDS, span_str(key));
		if (i % 10 == 0)
			batch_del(b, MAP_BLOCK, SPAN(key + 184, 16));
	}
	assert_int_equal(map_apply(m, b), ERR_OK);
	assert_int_equal(map_commit(m), ERR_OK);
}

/* many_lists: what commits free under a reader is not used again, so the table of free pages becomes a tree. */
static inline void many_lists(struct map *m)
{
	struct snap s = { 0 };
	char key[24];
	assert_int_equal(snap_begin(m, &s), ERR_OK);
	for (unsigned i = 0; i < 60; i++) {
		snprintf(key, sizeof(key), "number %u", i % 7);
		put_text(m, i % 2 ? MAP_QUEUE : MAP_STATE, key, "again");
		assert_int_equal(map_commit(m), ERR_OK);
	}
	snap_end(m, &s);
}

static inline void place_small(struct place *p)
{
	place_make(p, DISK);
	p->config.reserve = p->config.memtable_max = 64u << 10;
	p->config.size_max = 64u << 20;
}

static inline struct image made(void)
{
	struct place p;
	place_small(&p);
	struct map *m = place_open(&p);
	fill(m);
	thin(m);
	many_lists(m);
	assert_int_equal(map_close(m), ERR_OK);
	struct image i = read_file(p.dir, "data.mdb", SIZE_MAX);
	i.len = MIN(i.len, image_used(&i));
	place_remove(&p);
	return i;
}

static inline void write_file(const char *dir, const struct image *m)
{
	char path[128];
	snprintf(path, sizeof(path), "%s/data.mdb", dir);
	cleanup_fd int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, m->b, m->len, 0), m->len);
}

static inline int prepare(void **state)
{
	static struct image m;
	m = made();
	*state = &m;
	return 0;
}

static inline int unprepare(void **state)
{
	image_free(*state);
	return 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, prepare, unprepare)

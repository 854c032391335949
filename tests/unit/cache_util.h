/* SPDX-License-Identifier: MIT
 * What the tests of cache/ share: maps in private directories, a seeded generator, batches in one line.
 */
#pragma once

#include "cache/map.h"
#include "cache/map_struct.h"
#include "cache/reader.h"
#include "util/cleanup.h"
#include "util/process.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
/* cmocka wants the four above first */
#include <cmocka.h>

enum kind { FAKE, DISK, KINDS };
struct place {
	char dir[64];
	struct key key;
	struct map_config config;
};

static inline void place_make(struct place *p, enum kind kind)
{
	memset(p, 0, sizeof(*p));
	memset(p->key.b, 7, sizeof(p->key.b));
	p->config.key = &p->key;
	p->config.commit_ms = 5;
	if (kind != DISK)
		return;
	const char *tmp = getenv("TMPDIR");
	snprintf(p->dir, sizeof(p->dir), "%.30s/cs-cache-XXXXXX", tmp ? tmp : "/tmp");
	assert_non_null(mkdtemp(p->dir));
	p->config.dir = p->dir;
	p->config.size_max = 4ull << 30;
}

static inline int place_rm_one(const char *path, const struct stat *st, int type, struct FTW *f)
{
	(void)st, (void)type, (void)f;
	return remove(path);
}

static inline void place_remove(struct place *p)
{
	if (p->dir[0])
		nftw(p->dir, place_rm_one, 8, FTW_DEPTH | FTW_PHYS);
}

static inline struct map *place_open(struct place *p)
{
	struct map *m = NULL;
	struct why why = { 0 };
	err_t e = map_open(&p->config, &m, &why);
	if (e)
		print_error("map_open: %s (%s)\n", err_text(e), why.text);
	assert_int_equal(e, ERR_OK);
	return m;
}

static inline void put_text(struct map *m, enum map_table t, const char *key, const char *value)
{
	cleanup(batch_freep) struct batch *b = batch_new();
	if (value)
		batch_put(b, t, span_str(key), span_str(value));
	else
		batch_del(b, t, span_str(key));
	assert_int_equal(map_apply(m, b), ERR_OK);
	assert_true(batch_empty(b));
}

/* has_text: the key's value is `value`; NULL: absent. */
static inline void has_text(struct map *m, enum map_table t, const char *key, const char *value)
{
	cleanup(buf_free) struct buf out = BUF_INIT;
	err_t e = map_get(m, t, span_str(key), &out);
	if (!value) {
		assert_int_equal(e, ERR_NOTFOUND);
		assert_int_equal(map_has(m, t, span_str(key)), ERR_NOTFOUND);
		return;
	}
	assert_int_equal(e, ERR_OK);
	assert_int_equal(map_has(m, t, span_str(key)), ERR_OK);
	assert_int_equal(out.len, strlen(value));
	assert_memory_equal(out.p, value, out.len);
}

static inline uint64_t rnd(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed * 0x2545f4914f6cdd1d >> 16;
}

/* sum_table: records of one table of the base, and the bytes of their keys and stored values or, for blocks, of the
 * values alone. */
static inline void sum_table(struct map *m, unsigned table, uint64_t *ret_records, uint64_t *ret_bytes)
{
	struct reader *r = NULL;
	cleanup(base_cursor_freep) struct base_cursor *c = NULL;
	struct span k, v;
	assert_int_equal(reader_get(m, &r), ERR_OK);
	assert_int_equal(r->txn->ops->cursor_new(r->txn, table, &c), ERR_OK);
	*ret_records = *ret_bytes = 0;
	for (err_t e = r->txn->ops->seek(c, SPAN("", 0), &k, &v); !e; e = r->txn->ops->next(c, &k, &v)) {
		size_t len = k.len + v.len;
		if (table == MAP_BLOCK)
			assert_int_equal(cell_length(m->seal, table, v, &len), ERR_OK);
		++*ret_records;
		*ret_bytes += len;
	}
	base_cursor_freep(&c);
	reader_put(m, r);
}

/* check_counts: invariant 10 of cache/README.md. */
static inline void check_counts(struct map *m)
{
	guard(&m->commit_lock); /* no commit meanwhile */
	uint64_t records, bytes;
	sum_table(m, MAP_BLOCK, &records, &bytes);
	assert_true(m->published.block_bytes == bytes && m->published.blocks == records);
}

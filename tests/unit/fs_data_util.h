/* SPDX-License-Identifier: MIT
 * A file system over the in-memory map with a store in memory, and files as plain byte arrays to compare with.
 */
#pragma once

#include "fs/core/record.h"
#include "fs/data/extent_source.h"
#include "fs/data/handle.h"
#include "fs/fs.h"
#include "remote/layers/fault.h"
#include "remote/backends/mem.h"
#include "remote/open.h"
#include "tests/fs_fake.h"
#include "tests/unit/fs_pack.h"
#include "util/padme.h"
#include "vault/objects/name.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <fcntl.h>

struct counted { /* a store layer that counts what is asked of it */
	struct store base;
	struct store *inner;
	_Atomic uint64_t gets, bytes;
	_Atomic uint64_t urgent; /* gets for a reader that waits */
};

struct rig {
	struct map *map;
	struct work *work;
	struct keyring *keyring;
	struct store *store;   /* a fault layer over memory */
	struct counted *count; /* over it: what `fetch` talks to */
	struct fetch *fetch;
	struct fs *fs;
	struct fs_caller who;
	unsigned names;
};

static inline void counted_get(struct store *s, const struct store_request *q)
{
	struct counted *c = (struct counted *)s;
	c->gets++;
	c->urgent += q->urgency == STORE_READER_WAITS;
	c->bytes += q->length;
	c->inner->ops->get(c->inner, q);
}

static inline struct counted *counted_new(struct store *inner)
{
	static const struct store_ops ops = { .get = counted_get };
	struct counted *c = calloc(1, sizeof(*c));
	assert_non_null(c);
	c->base.ops = &ops;
	c->inner = inner;
	return c;
}

static inline void rig_fs(struct rig *r, struct fetch *fetch)
{
	assert_int_equal(fake_work(r->map, r->keyring, 0xa, &r->work), 0);
	struct fs_config c = {
		.work = r->work, .map = r->map, .keyring = r->keyring, .fetch = fetch, .uid = 1000, .gid = 1000
	};
	c.cache_limit = UINT64_MAX;
	assert_int_equal(fs_open(&c, &r->fs), 0);
	r->who = (struct fs_caller){ 1000, 1000, 022, 1 };
}

static inline void rig_open(struct rig *r)
{
	static const struct id vault = { { 1 } };
	static const struct hash id = { { 1 } };
	struct key root = { { 7 } };
	memset(r, 0, sizeof(*r));
	struct map_config mc = { .key = &root };
	assert_int_equal(map_open(&mc, &r->map, NULL), ERR_OK);
	r->keyring = keyring_new(cipher_best(), vault, id);
	assert_non_null(r->keyring);
	assert_int_equal(keyring_add(r->keyring, 1, id, &root), ERR_OK);
	assert_int_equal(fake_root(r->map), 0);
	r->store = fault_new(store_mem_new(), 1);
	r->count = counted_new(r->store);
	r->fetch = fetch_new(&r->count->base, r->map);
	assert_non_null(r->fetch);
	rig_fs(r, r->fetch);
}

static inline void rig_close(struct rig *r)
{
	assert_int_equal(fs_close(r->fs), 0);
	work_freep(&r->work);
	fetch_stop(r->fetch);
	fetch_freep(&r->fetch);
	store_close(r->store);
	free(r->count);
	assert_int_equal(map_close(r->map), ERR_OK);
	keyring_freep(&r->keyring);
}

static inline struct fs_file *rig_create(struct rig *r)
{
	char name[32];
	struct stat st;
	struct fs_file *h;
	snprintf(name, sizeof(name), "file%u", r->names++);
	assert_int_equal(fs_create(r->fs, &r->who, &(struct fs_new){ INO_ROOT, name, 0644 }, O_RDWR, &st, &h), 0);
	return h;
}

static inline struct fs_file *rig_reopen(struct rig *r, uint64_t ino, int flags)
{
	struct fs_file *h;
	assert_int_equal(fs_file_open(r->fs, ino, flags, &h), 0);
	return h;
}

/* --- reads, waited for --- */
struct got {
	pthread_mutex_t lock;
	pthread_cond_t cond;
	bool done;
	int err;
	uint8_t *p;
	size_t n, cap;
};

static inline void got_done(void *ctx, int err, const void *p, size_t n)
{
	struct got *g = ctx;
	guard(&g->lock);
	assert_false(g->done);
	assert_true(n <= g->cap);
	g->err = err;
	g->n = n;
	if (n)
		memcpy(g->p, p, n);
	g->done = true;
	pthread_cond_signal(&g->cond);
}

static inline int got_wait(struct got *g, size_t *ret_n)
{
	guard(&g->lock);
	while (!g->done)
		pthread_cond_wait(&g->cond, &g->lock);
	*ret_n = g->n;
	return g->err;
}

static inline int rig_read(struct rig *r, struct fs_file *h, uint64_t off, void *p, size_t len, size_t *ret_n)
{
	struct got g = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false, 0, p, 0, len };
	fs_read(r->fs, h, off, len, got_done, &g);
	return got_wait(&g, ret_n);
}

static inline void rig_write(struct rig *r, struct fs_file *h, uint64_t off, const void *p, size_t n)
{
	int e;
	while ((e = fs_write(r->fs, h, off, p, n, 0)) == EAGAIN)
		assert_int_equal(map_commit(r->map), ERR_OK);
	assert_int_equal(e, 0);
}

static inline uint64_t rig_size(struct rig *r, struct fs_file *h)
{
	struct stat st;
	assert_int_equal(fs_getattr(r->fs, fs_ino_of(h), &st), 0);
	return (uint64_t)st.st_size;
}

/* rig_check: the whole file equals `want`. */
static inline void rig_check(struct rig *r, struct fs_file *h, const uint8_t *want, size_t n)
{
	uint8_t *p = malloc(n + 1);
	size_t got;
	assert_true(rig_size(r, h) == n);
	assert_int_equal(rig_read(r, h, 0, p, n + 1, &got), 0);
	assert_int_equal(got, n);
	for (size_t i = 0; i < n; i++)
		if (p[i] != want[i])
			fail_msg("byte %zu is %u instead of %u", i, p[i], want[i]);
	free(p);
}

/* --- the records of a file --- */
static inline struct inode rig_inode(struct rig *r, struct fs_file *h)
{
	struct buf b = BUF_INIT;
	struct inode in;
	ns_rdlock(r->fs);
	assert_int_equal(record_inode(r->fs, NULL, fs_ino_of(h), &in, &b), ERR_OK);
	ns_unlock(r->fs);
	in.inline_data.p = in.acl.p = NULL;
	buf_free(&b);
	return in;
}

static inline size_t rig_extents(struct rig *r, struct fs_file *h, uint32_t group, struct extent *list)
{
	struct inode in = rig_inode(r, h);
	struct extent_source s = extent_source_of(r->fs, NULL, &in);
	size_t n = 0;
	ns_rdlock(r->fs);
	assert_int_equal(extent_source_group(&s, group, list, EXTENTS_MAX, &n), ERR_OK);
	ns_unlock(r->fs);
	return n;
}

static inline int count_one(void *ctx, struct span key, struct span value)
{
	(void)key, (void)value;
	++*(size_t *)ctx;
	return 0;
}

static inline size_t rig_count(struct map *m, enum map_table t, uint8_t kind)
{
	size_t n = 0;
	struct span none = { NULL, 0 };
	struct span prefix = kind ? SPAN(&kind, 1) : none;
	assert_int_equal(map_scan(m, t, prefix, prefix, count_one, &n), ERR_OK);
	return n;
}

/* rig_stored: how many blocks are in segments. rig_segment: in which one is. */
static inline size_t rig_stored(struct rig *r)
{
	return rig_count(r->map, MAP_RECORDS, REC_PLACED);
}

static inline struct id rig_segment(struct rig *r, struct id block)
{
	struct buf b = BUF_INIT;
	struct rkey k = key_id(REC_PLACED, block);
	struct placed at;
	assert_int_equal(map_get(r->map, MAP_RECORDS, rkey_span(&k), &b), ERR_OK);
	assert_int_equal(placed_decode(buf_span(&b), &at), ERR_OK);
	buf_free(&b);
	return at.segment;
}

/* rig_said: how many records of a kind a set has. */
static inline size_t rig_said(struct rig *r, uint8_t set, uint8_t kind)
{
	uint8_t prefix[] = { set, kind };
	size_t n = 0;
	assert_int_equal(map_scan(r->map, MAP_RECORDS, SPAN(prefix, 2), SPAN(prefix, 2), count_one, &n), ERR_OK);
	return n;
}

/* rig_publish: without the sync engine: every pending block into segments; returns how many went to the store. */
static inline size_t rig_publish(struct rig *r)
{
	assert_int_equal(map_commit(r->map), ERR_OK); /* through the freeze hook */
	size_t before = rig_count(r->map, MAP_QUEUE, QUEUE_BLOCK);
	assert_int_equal(pack_publish(r->map, r->work, r->store), ERR_OK);
	assert_int_equal(map_commit(r->map), ERR_OK);
	return before - rig_count(r->map, MAP_QUEUE, QUEUE_BLOCK);
}

static inline int drop_one(void *ctx, struct span key, struct span value)
{
	(void)value;
	batch_del(ctx, MAP_BLOCK, key);
	return 0;
}

/* rig_drop_local: no block is on this device any more. */
static inline void rig_drop_local(struct rig *r)
{
	struct batch *b = batch_new();
	assert_int_equal(map_scan(r->map, MAP_BLOCK, SPAN(NULL, 0), SPAN(NULL, 0), drop_one, b), ERR_OK);
	assert_int_equal(map_apply(r->map, b), ERR_OK);
	batch_freep(&b);
}

static inline void fill(uint8_t *p, size_t n, unsigned seed)
{
	uint32_t x = seed * 2654435761u + 1;
	for (size_t i = 0; i < n; i++) {
		x = x * 1664525u + 1013904223u;
		p[i] = (uint8_t)(x >> 24);
	}
}

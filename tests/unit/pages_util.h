/* SPDX-License-Identifier: MIT
 * data.mdb in memory: made by the map, and found one's way about in, for tests that edit it.
 */
#pragma once

#include "cache/base_lmdb.h"
#include "cache/page.h"
#include "cache/pages.h"
#include "cache_util.h"

#include <fcntl.h>

#define HEAD sizeof(struct page_head)
#define NODE_HEAD 8

struct image {
	uint8_t *b;
	size_t len, map_size;
};

static inline void image_free(struct image *m)
{
	free(m->b);
}

/* read_file: the first `most` bytes of a file. */
static inline struct image read_file(const char *dir, const char *name, size_t most)
{
	char path[128];
	struct stat st;
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0 && !fstat(fd, &st));
	struct image m = { .len = MIN((size_t)st.st_size, most), .map_size = 64u << 20 };
	m.b = malloc(m.len ? m.len : 1);
	assert_non_null(m.b);
	assert_int_equal(pread(fd, m.b, m.len, 0), m.len);
	return m;
}

static inline uint64_t get(const struct image *m, size_t at, size_t width)
{
	uint64_t v = 0;
	assert_true(at + width <= m->len);
	memcpy(&v, m->b + at, width); /* little-endian, as all tests of bytes here */
	return v;
}

static inline void set(struct image *m, size_t at, size_t width, uint64_t v)
{
	assert_true(at + width <= m->len);
	memcpy(m->b + at, &v, width);
}

/* Where fields are. */
#define PAGE_AT(no) ((size_t)(no)*4096)
#define FLAGS_AT(no) (PAGE_AT(no) + offsetof(struct page_head, flags))
#define LOWER_AT(no) (PAGE_AT(no) + offsetof(struct page_head, lower))
#define UPPER_AT(no) (PAGE_AT(no) + offsetof(struct page_head, upper))
#define POINTER_AT(no, i) (PAGE_AT(no) + HEAD + 2 * (size_t)(i))
#define META_AT(no, field) (PAGE_AT(no) + HEAD + offsetof(struct page_meta, field))
#define DB_AT(at, field) ((at) + offsetof(struct page_db, field))

static inline size_t newer_meta(const struct image *m)
{
	return get(m, META_AT(0, txnid), 8) < get(m, META_AT(1, txnid), 8);
}

/* used_bytes: of the pages that LMDB ever used; what is behind is allocated ahead. */
static inline size_t image_used(const struct image *m)
{
	return (get(m, META_AT(newer_meta(m), last), 8) + 1) * 4096;
}

static inline unsigned nodes_of(const struct image *m, size_t no)
{
	return (unsigned)(get(m, LOWER_AT(no), 2) - HEAD) / 2;
}

static inline size_t node_at(const struct image *m, size_t no, unsigned i)
{
	return PAGE_AT(no) + get(m, POINTER_AT(no, i), 2);
}

static inline size_t key_at(size_t node)
{
	return node + NODE_HEAD;
}

static inline size_t data_at(const struct image *m, size_t node)
{
	return key_at(node) + get(m, node + 6, 2);
}

static inline size_t child_of(const struct image *m, size_t node)
{
	return get(m, node, 4) | get(m, node + 4, 2) << 32;
}

/* table_at: the root record of a table by its name. */
static inline size_t table_at(const struct image *m, const char *name)
{
	size_t no = get(m, DB_AT(META_AT(newer_meta(m), main), root), 8);
	for (unsigned i = 0; i < nodes_of(m, no); i++) {
		size_t node = node_at(m, no, i);
		if (get(m, node + 6, 2) == strlen(name) && !memcmp(m->b + key_at(node), name, strlen(name)))
			return data_at(m, node);
	}
	fail_msg("no table %s", name);
	return 0;
}

/* leftmost: the page at `depth` (1: the root) of the tree whose root record is at `db`. */
static inline size_t leftmost(const struct image *m, size_t db, unsigned depth)
{
	size_t no = get(m, DB_AT(db, root), 8);
	while (--depth)
		no = child_of(m, node_at(m, no, 0));
	return no;
}

static inline size_t rightmost(const struct image *m, size_t db, unsigned depth)
{
	size_t no = get(m, DB_AT(db, root), 8);
	while (--depth)
		no = child_of(m, node_at(m, no, nodes_of(m, no) - 1));
	return no;
}

static inline err_t image_check(const struct image *m, struct pages *ret, struct why *why)
{
	static const char *const names[] = BASE_LMDB_TABLES;
	cleanup(pages_free) struct pages p = { 0 };
	err_t e = pages_check(SPAN(m->b, m->len), &(struct pages_of){ names, ARRAY_LEN(names), MAP_BLOCK, m->map_size },
	                      &p, why);
	*ret = p;
	ret->seen = NULL;
	return e;
}

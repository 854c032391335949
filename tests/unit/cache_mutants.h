/* SPDX-License-Identifier: MIT
 * Mutations of a map's files, for unit/test_cache_mutations.c: each is drawn from a seed, and edits what has a
 * structure: pages, nodes, root records, metas, lists of free pages of data.mdb; records of the log.
 */
#pragma once

#include "pages_util.h"

#define LOG_KEPT 131072 /* bytes of the log in an image: all that is in it */

struct vault {
	struct image data, older; /* `older`: data.mdb of an earlier commit */
	struct image log;
	bool crashed;
};
enum loss { /* what a mutation may cost beside being refused */
	    LOSES_NOTHING,
	    LOSES_NEWEST, /* an older page or log: values may be earlier ones */
};
struct mutant {
	struct image m, log;
	const struct vault *from;
	uint64_t *seed;
	enum loss loss;
};

static inline size_t pick(struct mutant *x, size_t n)
{
	return n ? (size_t)(rnd(x->seed) % n) : 0;
}

static inline size_t pages_of(const struct image *m)
{
	return m->len / 4096;
}

/* odd_value: what fields are filled with: limits, neighbours, numbers of pages, anything. */
static uint64_t odd_value(struct mutant *x, uint64_t old)
{
	static const uint64_t odd[] = { 0,          1,
		                        2,          7,
		                        8,          15,
		                        16,         17,
		                        18,         4080,
		                        4088,       4090,
		                        4094,       4095,
		                        4096,       4098,
		                        0x7fff,     0x8000,
		                        0xfffe,     0xffff,
		                        0x10000,    0x7fffffff,
		                        0xffffffff, 1ull << 32,
		                        1ull << 48, UINT64_MAX - 1,
		                        UINT64_MAX };
	switch (pick(x, 6)) {
	case 0:
		return odd[pick(x, ARRAY_LEN(odd))];
	case 1:
		return old + 1 + pick(x, 8);
	case 2:
		return old - 1 - pick(x, 8);
	case 3:
		return old ^ 1ull << pick(x, 64);
	case 4:
		return pick(x, pages_of(&x->m) + 2);
	default:
		return rnd(x->seed);
	}
}

static inline void field(struct mutant *x, struct image *m, size_t at, size_t width)
{
	if (at + width > m->len)
		return;
	uint64_t v = odd_value(x, get(m, at, width));
	set(m, at, width, v);
}

static inline void page_head_field(struct mutant *x)
{
	static const struct {
		uint8_t at, width;
	} fields[] = { { 0, 8 }, { 8, 2 }, { 10, 2 }, { 12, 2 }, { 14, 2 }, { 12, 4 } };
	size_t f = pick(x, ARRAY_LEN(fields));
	field(x, &x->m, PAGE_AT(pick(x, pages_of(&x->m))) + fields[f].at, fields[f].width);
}

/* some_node: of any page that has some; SIZE_MAX: the page has none. */
static inline size_t some_node(struct mutant *x, size_t *ret_no, unsigned *ret_i)
{
	for (int tries = 0; tries < 20; tries++) {
		size_t no = pick(x, pages_of(&x->m));
		uint64_t flags = get(&x->m, FLAGS_AT(no), 2), lower = get(&x->m, LOWER_AT(no), 2);
		if ((flags != PAGE_LEAF && flags != PAGE_BRANCH) || lower < HEAD + 2 || lower > 4096)
			continue;
		*ret_no = no;
		*ret_i = (unsigned)pick(x, (lower - HEAD) / 2);
		return node_at(&x->m, no, *ret_i);
	}
	return SIZE_MAX;
}

static inline void node_offset(struct mutant *x)
{
	size_t no;
	unsigned i;
	if (some_node(x, &no, &i) == SIZE_MAX)
		return;
	if (pick(x, 2))
		set(&x->m, POINTER_AT(no, i), 2, get(&x->m, POINTER_AT(no, pick(x, nodes_of(&x->m, no))), 2));
	else
		field(x, &x->m, POINTER_AT(no, i), 2);
}

static inline void node_head_field(struct mutant *x)
{
	size_t no, node;
	unsigned i;
	node = some_node(x, &no, &i);
	if (node != SIZE_MAX)
		field(x, &x->m, node + 2 * pick(x, 4), pick(x, 2) ? 2 : 4);
}

static inline void node_body(struct mutant *x)
{
	size_t no, node;
	unsigned i;
	node = some_node(x, &no, &i);
	if (node != SIZE_MAX)
		field(x, &x->m, node + 8 + pick(x, 64), (size_t)1 << pick(x, 4));
}

/* nodes_exchanged: two offsets of a page, or two heads of nodes. */
static inline void nodes_exchanged(struct mutant *x)
{
	size_t no, node, width = 2, a, b;
	unsigned i;
	node = some_node(x, &no, &i);
	if (node == SIZE_MAX)
		return;
	a = POINTER_AT(no, i);
	b = POINTER_AT(no, pick(x, nodes_of(&x->m, no)));
	if (pick(x, 2)) {
		a = node;
		b = PAGE_AT(no) + get(&x->m, b, 2);
		width = pick(x, 2) ? 6 : 8;
	}
	if (a + width > x->m.len || b + width > x->m.len)
		return;
	uint64_t was = get(&x->m, a, width);
	set(&x->m, a, width, get(&x->m, b, width));
	set(&x->m, b, width, was);
}

static inline void page_replaced(struct mutant *x, const uint8_t *by, size_t no)
{
	memmove(x->m.b + PAGE_AT(no), by, 4096);
	if (pick(x, 3))
		set(&x->m, PAGE_AT(no), 8, no); /* with the number that belongs there */
}

static inline void pages_exchanged(struct mutant *x)
{
	size_t a = pick(x, pages_of(&x->m)), b = pick(x, pages_of(&x->m));
	uint8_t was[4096];
	memcpy(was, x->m.b + PAGE_AT(a), 4096);
	page_replaced(x, x->m.b + PAGE_AT(b), a);
	page_replaced(x, was, b);
	x->loss = LOSES_NEWEST;
}

static inline void page_copied(struct mutant *x)
{
	page_replaced(x, x->m.b + PAGE_AT(pick(x, pages_of(&x->m))), pick(x, pages_of(&x->m)));
	x->loss = LOSES_NEWEST;
}

static inline void page_of_before(struct mutant *x)
{
	const struct image *o = &x->from->older;
	size_t from = pick(x, pages_of(o));
	size_t to = pick(x, 2) && from < pages_of(&x->m) ? from : pick(x, pages_of(&x->m));
	page_replaced(x, o->b + PAGE_AT(from), to);
	x->loss = LOSES_NEWEST;
}

static inline void page_filled(struct mutant *x)
{
	memset(x->m.b + PAGE_AT(pick(x, pages_of(&x->m))), pick(x, 2) ? 0 : (int)pick(x, 256), 4096);
}

static inline void meta_field(struct mutant *x)
{
	size_t at = PAGE_AT(pick(x, 2)) + HEAD + 4 * pick(x, sizeof(struct page_meta) / 4);
	field(x, &x->m, at, pick(x, 2) ? 4 : 8);
	x->loss = LOSES_NEWEST; /* the meta before is the state before */
}

static inline void root_record_field(struct mutant *x)
{
	static const char *const names[] = { "tree", "block", "queue", "state", "meta" };
	static const struct {
		uint8_t at, width;
	} fields[] = { { 0, 4 }, { 4, 2 }, { 6, 2 }, { 8, 8 }, { 16, 8 }, { 24, 8 }, { 32, 8 }, { 40, 8 } };
	size_t f = pick(x, ARRAY_LEN(fields)), db = table_at(&x->from->data, names[pick(x, ARRAY_LEN(names))]);
	if (pick(x, 2))
		db = META_AT(newer_meta(&x->from->data), free) + (pick(x, 2) ? sizeof(struct page_db) : 0);
	field(x, &x->m, db + fields[f].at, fields[f].width);
}

/* free_list: words of the leftmost leaf of the table of free pages, or of the run that its first record has. */
static inline void free_list(struct mutant *x)
{
	const struct image *o = &x->from->data;
	size_t db = META_AT(newer_meta(o), free), depth = get(o, DB_AT(db, depth), 2);
	if (!depth)
		return;
	size_t no = leftmost(o, db, (unsigned)depth), node = node_at(o, no, (unsigned)pick(x, nodes_of(o, no)));
	size_t at = data_at(o, node), n = get(o, node, 4) / 8;
	if (get(o, node + 4, 2) & PAGE_NODE_BIG)
		at = PAGE_AT(get(o, at, 8)) + HEAD;
	field(x, &x->m, pick(x, 8) ? at + 8 * pick(x, MIN(n, 16)) : key_at(node), 8);
}

static inline void cut_or_grown(struct mutant *x)
{
	x->m.len = pick(x, 2) ? pick(x, x->m.len + 1) : PAGE_AT(pick(x, pages_of(&x->m) + 1));
}

static inline void bits(struct mutant *x)
{
	size_t at = pick(x, x->m.len);
	x->m.b[at] ^= (uint8_t)(1u << pick(x, 8));
}

static void (*const of_data[])(struct mutant *x) = {
	page_head_field, node_offset,    node_head_field, node_body,       nodes_exchanged,   pages_exchanged,
	page_copied,     page_of_before, page_filled,     meta_field,      root_record_field, free_list,
	cut_or_grown,    bits,           page_head_field, node_head_field,
};

static inline size_t log_page(struct mutant *x)
{
	return PAGE_AT(pick(x, pick(x, 4) ? 6 : x->log.len / 4096));
}

static inline void log_field(struct mutant *x)
{
	static const struct {
		uint8_t at, width;
	} fields[] = { { 0, 8 }, { 8, 8 }, { 24, 8 }, { 32, 4 }, { 36, 4 } };
	size_t f = pick(x, ARRAY_LEN(fields));
	field(x, &x->log, log_page(x) + fields[f].at, fields[f].width);
}

static inline void log_pages(struct mutant *x)
{
	size_t a = log_page(x), b = log_page(x);
	if (pick(x, 2))
		memmove(x->log.b + a, x->log.b + b, 4096);
	else
		memset(x->log.b + a, (int)pick(x, 3), 4096);
}

/* log_false: heads of records that are newer, on every page. */
static inline void log_false(struct mutant *x)
{
	for (size_t at = 4096 * (1 + pick(x, 4)); at < x->log.len; at += 4096) {
		memcpy(x->log.b + at, x->log.b, 24);
		set(&x->log, at + 24, 8, 1u << 20);
		set(&x->log, at + 32, 4, 1 + pick(x, 9));
		set(&x->log, at + 36, 4, x->log.len - at > 8192 ? x->log.len - at - 8192 : 0);
	}
}

static inline void log_cut(struct mutant *x)
{
	x->log.len = pick(x, 2) ? pick(x, x->log.len + 1) : log_page(x);
}

static inline void log_bits(struct mutant *x)
{
	x->log.b[log_page(x) + pick(x, 4096)] ^= (uint8_t)(1u << pick(x, 8));
}

static void (*const of_log[])(struct mutant *x) = { log_field, log_pages, log_false, log_cut, log_bits, log_field };

/* mutate: one to three of them; the log's one time in four, and last what cuts a file. */
static inline void mutate(struct mutant *x)
{
	bool log = pick(x, 4) == 0;
	size_t n = 1 + (pick(x, 3) == 0) + (pick(x, 9) == 0);
	for (size_t i = 0; i < n; i++) {
		if (log && x->log.len >= LOG_KEPT)
			of_log[pick(x, ARRAY_LEN(of_log))](x);
		else if (!log && x->m.len >= x->from->data.len)
			of_data[pick(x, ARRAY_LEN(of_data))](x);
	}
	if (log && x->from->crashed)
		x->loss = LOSES_NEWEST;
}

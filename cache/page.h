/* SPDX-License-Identifier: MIT
 * One page of LMDB's data.mdb: its layout, and what a page shows by itself. Pure functions that read within the page.
 *
 * Layout: that of LMDB 0.9 (mdb.c of LMDB_0.9.24 and LMDB_0.9.31, github.com/LMDB/lmdb: the structs MDB_page, MDB_node,
 * MDB_db and MDB_meta, MDB_DATA_VERSION 1, the same in both), in the machine's byte order, W being the size of a
 * size_t: page      head(W + 8), then by its kind. Pages 0 and 1 are the two metas head      number(W) pad(u16:
 * anything) flags(u16) lower(u16) upper(u16); of an overflow run lower and upper are its length in pages(u32) flags 1
 * branch, 2 leaf, 4 the first page of an overflow run, 8 meta. Dirty (16), loose and kept pages are never written
 * (mdb_page_flush); leaf2 (32) and sub-pages (64) are for DUPSORT, which the map does not use tree page head, offsets
 * of nodes(u16 each, in the order of their keys) up to `lower`, nothing, nodes from `upper` to the page's end: without
 * a gap, each begins at an even offset (mdb_node_add, mdb_node_del, mdb_update_key) node      low(u16) high(u16)
 * flags(u16) length of the key(u16) key, data; on a big-endian machine high comes first branch    low, high and flags
 * are the number of the child; no data. The first key says nothing leaf      low and high are the length of the data.
 * Flags: 0; 1 big: here is the number(W) of the overflow run that has it; 2: a table's struct page_db. A node and its
 * key are at most `page_node_max`, or the data are big run       head, then the data over all its pages; it may be
 * longer than these need (mdb_cursor_put keeps it) meta      head, struct page_meta
 */
#pragma once

#include "util/buf.h"

#define PAGE_NONE SIZE_MAX /* the root of an empty tree */
#define PAGE_KEY_MAX 511u  /* MDB_MAXKEYSIZE */
#define PAGE_SIZE_MIN 4096u
#define PAGE_SIZE_MAX 32768u /* MAX_PAGESIZE */
#define PAGE_MAGIC 0xBEEFC0DEu
#define PAGE_VERSION 1u
#define PAGE_INTEGER_KEYS 8u /* flag of the table of free pages: its keys are size_t */

enum page_flag { PAGE_BRANCH = 1, PAGE_LEAF = 2, PAGE_RUN = 4, PAGE_META = 8 };
enum page_node_flag { PAGE_NODE_BIG = 1, PAGE_NODE_TABLE = 2 };

struct page_head {
	size_t no;
	uint16_t pad, flags, lower, upper;
};
struct page_db {      /* one tree */
	uint32_t pad; /* of the table of free pages: the size of a page */
	uint16_t flags, depth;
	size_t branches, leaves, run_pages, entries;
	size_t root;
};
struct page_meta {
	uint32_t magic, version;
	size_t address, map_size;  /* neither is read: no fixed map, and the size is given */
	struct page_db free, main; /* lists of free pages by transaction; tables by name */
	size_t last;               /* the last page that was ever in use */
	size_t txnid;
};

struct page { /* a branch or a leaf that page_tree has checked */
	const uint8_t *b;
	unsigned n; /* nodes */
	bool leaf;
};
struct page_node {
	struct span key;
	unsigned flags;      /* of a leaf */
	size_t child;        /* of a branch */
	size_t len;          /* of a leaf: of the data, wherever they are */
	const uint8_t *data; /* of a leaf: what is in the node */
};

/* page_meta_read: a meta, as far as one shows. NULL, or what is wrong with it. */
const char *page_meta_read(const uint8_t *b, size_t no, struct page_meta *ret);
/* page_tree: the page `no` of a tree, of `size` bytes at `b`: head, offsets, bounds of its nodes, their lengths. Not
 * the order of keys. NULL, or what is wrong with it. */
const char *page_tree(const uint8_t *b, size_t size, size_t no, bool leaf, struct page *ret);
/* page_node: node `i` of a checked page. */
struct page_node page_node(const struct page *p, unsigned i);
/* page_run: the first page of an overflow run that has `len` bytes; *ret_pages is its length. NULL, or what is wrong.
 */
const char *page_run(const uint8_t *b, size_t size, size_t no, size_t len, size_t *ret_pages);
/* page_run_need: pages that `len` bytes take. */
size_t page_run_need(size_t size, size_t len);
/* page_run_of: the first page of the run whose data are at `at` of a file; 0: they are in a leaf. */
size_t page_run_of(size_t size, size_t at);
/* page_run_data: where the data of a run begin. */
const uint8_t *page_run_data(const uint8_t *b);
/* page_run_number: of a big node, the run's first page. */
size_t page_run_number(const struct page_node *n);
/* page_node_max: bytes of the longest node of a leaf. */
size_t page_node_max(size_t size);

/* SPDX-License-Identifier: MIT */
#include "cache/page.h"

#include <string.h>

#define HEAD sizeof(struct page_head)
#define NODE_HEAD 8u
#define KEYS_MIN 2u /* MDB_MINKEYS */
#define WORD_BITS 64u

_Static_assert(sizeof(struct page_head) == sizeof(size_t) + 8, "MDB_page before mp_ptrs");
_Static_assert(sizeof(struct page_db) == 8 + 5 * sizeof(size_t), "MDB_db");
_Static_assert(sizeof(struct page_meta) == 8 + 4 * sizeof(size_t) + 2 * sizeof(struct page_db), "MDB_meta");

static uint16_t u16_at(const uint8_t *b)
{
	uint16_t v;
	memcpy(&v, b, sizeof(v));
	return v;
}

static uint32_t u32_at(const uint8_t *b)
{
	uint32_t v;
	memcpy(&v, b, sizeof(v));
	return v;
}

static struct page_head head_at(const uint8_t *b)
{
	struct page_head h;
	memcpy(&h, b, sizeof(h));
	return h;
}

static uint64_t even(uint64_t n)
{
	return n + (n & 1);
}

size_t page_node_max(size_t size)
{
	return ((size - HEAD) / KEYS_MIN & ~(size_t)1) - sizeof(uint16_t);
}

/* --- metas --- */

const char *page_meta_read(const uint8_t *b, size_t no, struct page_meta *ret)
{
	struct page_head h = head_at(b);
	struct page_meta m;
	memcpy(&m, b + HEAD, sizeof(m));
	if (h.no != no || h.flags != PAGE_META)
		return "it is no meta page";
	if (m.magic != PAGE_MAGIC || m.version != PAGE_VERSION)
		return "it is not LMDB's";
	size_t size = m.free.pad;
	if (size < PAGE_SIZE_MIN || size > PAGE_SIZE_MAX || size & (size - 1))
		return "its size of pages";
	*ret = m;
	return NULL;
}

/* --- pages of a tree --- */

/* node_length: bytes of the node at `at`, which may be over the page's end; 0: not even its head is inside. */
static uint64_t node_length(const uint8_t *b, size_t size, size_t at, bool leaf)
{
	if (at > size - NODE_HEAD)
		return 0;
	const uint8_t *n = b + at;
	uint64_t len = NODE_HEAD + u16_at(n + 6);
	if (!leaf)
		return len;
	return len + (u16_at(n + 4) & PAGE_NODE_BIG ? sizeof(size_t) : u32_at(n));
}

/* Nodes fill what is behind `upper`, each byte once: their lengths add up to it, and over all nodes the places where
 * one begins or ends an odd number of times are `upper` and the page's end. (Then each byte is in an odd number of
 * nodes, so in one at least, and by the sum in one at most.) */
struct edges {
	uint64_t odd[PAGE_SIZE_MAX / 2 / WORD_BITS + 1];
	size_t sum;
};

static void edge(struct edges *e, size_t at)
{
	e->odd[at / 2 / WORD_BITS] ^= (uint64_t)1 << (at / 2 % WORD_BITS);
}

static bool edges_left(const struct edges *e, size_t words)
{
	uint64_t any = 0;
	for (size_t i = 0; i < words; i++)
		any |= e->odd[i];
	return any != 0;
}

static const char *node_check(const struct page *p, size_t size, size_t at, struct edges *e)
{
	uint64_t len = at & 1 ? 0 : even(node_length(p->b, size, at, p->leaf));
	if (!len || len > size - at)
		return "a node is not inside";
	size_t key = u16_at(p->b + at + 6);
	if (key > PAGE_KEY_MAX || (p->leaf && !key))
		return "the length of a key";
	if (p->leaf && len > page_node_max(size))
		return "a node is too long";
	edge(e, at);
	edge(e, at + (size_t)len);
	e->sum += (size_t)len;
	return NULL;
}

static const char *nodes_check(const struct page *p, size_t size, size_t upper)
{
	struct edges e;
	size_t words = size / 2 / WORD_BITS + 1;
	memset(e.odd, 0, words * sizeof(e.odd[0]));
	e.sum = 0;
	for (unsigned i = 0; i < p->n; i++) {
		const char *bad = node_check(p, size, u16_at(p->b + HEAD + 2 * i), &e);
		if (bad)
			return bad;
	}
	edge(&e, upper);
	edge(&e, size);
	return e.sum != size - upper || edges_left(&e, words) ? "its nodes overlap" : NULL;
}

const char *page_tree(const uint8_t *b, size_t size, size_t no, bool leaf, struct page *ret)
{
	struct page_head h = head_at(b);
	if (h.no != no)
		return "its number";
	if (h.flags != (leaf ? PAGE_LEAF : PAGE_BRANCH))
		return "its kind";
	if (h.lower < HEAD || h.lower & 1 || h.lower > h.upper || h.upper > size || h.upper & 1)
		return "its bounds";
	struct page p = { b, (h.lower - (unsigned)HEAD) / 2, leaf };
	if (p.n < (leaf ? 1 : KEYS_MIN))
		return "it is empty";
	const char *bad = nodes_check(&p, size, h.upper);
	if (!bad)
		*ret = p;
	return bad;
}

struct page_node page_node(const struct page *p, unsigned i)
{
	const uint8_t *n = p->b + u16_at(p->b + HEAD + 2 * (size_t)i);
	struct page_node ret = { .key = SPAN(n + NODE_HEAD, u16_at(n + 6)) };
	size_t low = u32_at(n), high = u16_at(n + 4);
	if (p->leaf) {
		ret.flags = (unsigned)high;
		ret.len = low;
		ret.data = n + NODE_HEAD + ret.key.len;
	} else
		ret.child = sizeof(size_t) > 4 ? low | high << (sizeof(size_t) * 4) : low;
	return ret;
}

/* --- overflow runs --- */

size_t page_run_need(size_t size, size_t len)
{
	return (size_t)(((uint64_t)HEAD - 1 + len) / size + 1);
}

size_t page_run_of(size_t size, size_t at)
{
	return at % size == HEAD ? at / size : 0; /* in a leaf a node and a key come before */
}

const char *page_run(const uint8_t *b, size_t size, size_t no, size_t len, size_t *ret_pages)
{
	struct page_head h = head_at(b);
	if (h.no != no || h.flags != PAGE_RUN)
		return "it is not the beginning of a value";
	size_t pages = u32_at(b + offsetof(struct page_head, lower));
	if (pages < page_run_need(size, len))
		return "the value is cut off";
	*ret_pages = pages;
	return NULL;
}

const uint8_t *page_run_data(const uint8_t *b)
{
	return b + HEAD;
}

size_t page_run_number(const struct page_node *n)
{
	size_t no;
	memcpy(&no, n->data, sizeof(no));
	return no;
}

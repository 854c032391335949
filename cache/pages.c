/* SPDX-License-Identifier: MIT
 * The walk: metas, table of free pages, table of tables, each table.
 *
 * Whatever the bytes are, it ends: a page is entered once (take), and no deeper than the root record says, which is at
 * most DEPTH_MAX.
 */
#include "cache/pages.h"

#include "cache/page.h"
#include "util/cleanup.h"

#include <string.h>

#define DEPTH_MAX 32u /* CURSOR_STACK: LMDB's cursors go no deeper */
#define METAS 2u

enum tree_kind { TREE_FREE, TREE_MAIN, TREE_TABLE };
struct walk {
	const uint8_t *b;
	size_t size;       /* of a page */
	size_t pages;      /* in the file */
	size_t taken;      /* pages in use or free */
	size_t free_ahead; /* of them free, and behind the file's end */
	struct page_meta meta;
	const struct pages_of *of;
	struct pages *ret;
	struct why *why;
};
struct tree {
	struct walk *w;
	enum tree_kind kind;
	bool large; /* runs' heads are not read */
	const struct page_db *db;
	size_t branches, leaves, run_pages, entries;
};
struct limits { /* of the keys below a branch: from `low` on, before `high`; p NULL: none */
	struct span low, high;
};

static err_t bad(const struct walk *w, size_t no, const char *what)
{
	return why_set(w->why, ERR_DAMAGED, "page %zu: %s", no, what);
}

static const uint8_t *page_at(const struct walk *w, size_t no)
{
	return w->b + no * w->size;
}

/* take: page `no` is used now, by one alone. */
static err_t take(struct walk *w, size_t no)
{
	if (no < METAS || no > w->meta.last)
		return bad(w, no, "there is none of that number");
	uint8_t bit = (uint8_t)(1u << (no % 8));
	if (w->ret->seen[no / 8] & bit)
		return bad(w, no, "it is used twice");
	w->ret->seen[no / 8] |= bit;
	w->taken++;
	return ERR_OK;
}

/* take_run: `n` pages from `no` on, which lie in the file. */
static err_t take_run(struct walk *w, size_t no, size_t n)
{
	if (no >= w->pages || n > w->pages - no)
		return bad(w, no, "it is behind the end of the file");
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < n; i++)
		e = take(w, no + i);
	return e;
}

/* --- records --- */

/* value_of: where the record's data are, its run taken. */
static err_t value_of(struct tree *t, const struct page_node *n, const uint8_t **ret)
{
	*ret = n->data;
	if (!(n->flags & PAGE_NODE_BIG))
		return ERR_OK;
	struct walk *w = t->w;
	size_t no = page_run_number(n), pages = 1;
	if (no >= w->pages)
		return bad(w, no, "it is behind the end of the file");
	const char *wrong = t->large ? NULL : page_run(page_at(w, no), w->size, no, n->len, &pages);
	if (wrong)
		return bad(w, no, wrong);
	if (t->large)
		pages = page_run_need(w->size, n->len);
	t->run_pages += pages;
	*ret = page_run_data(page_at(w, no));
	return take_run(w, no, pages);
}

static size_t word_at(const uint8_t *b, size_t i)
{
	size_t v;
	memcpy(&v, b + i * sizeof(v), sizeof(v));
	return v;
}

/* free_record: pages that a transaction freed: how many, then their numbers, descending; room behind them is unused. */
static err_t free_record(struct walk *w, size_t no, const struct page_node *n, const uint8_t *value)
{
	size_t txnid = n->key.len == sizeof(size_t) ? word_at(n->key.p, 0) : 0;
	if (!txnid || txnid > w->meta.txnid)
		return bad(w, no, "a list of free pages: its transaction");
	size_t words = n->len / sizeof(size_t), count = words ? word_at(value, 0) : 0;
	if (!words || count > words - 1)
		return bad(w, no, "a list of free pages is cut off");
	err_t e = ERR_OK;
	for (size_t i = 1; !e && i <= count; i++) {
		size_t free_no = word_at(value, i);
		if (i > 1 && free_no >= word_at(value, i - 1))
			return bad(w, no, "a list of free pages is out of order");
		e = take(w, free_no);
		w->free_ahead += free_no >= w->pages;
	}
	w->ret->free_pages += count;
	return e;
}

static err_t tree_check(struct tree *t, size_t no);

/* table_of: which one has that name; of->n: none. */
static size_t table_of(const struct pages_of *of, struct span name)
{
	size_t i = 0;
	while (i < of->n && span_cmp(name, span_str(of->tables[i])) != 0)
		i++;
	return i;
}

static err_t table_record(struct walk *w, size_t no, const struct page_node *n)
{
	struct page_db db;
	size_t which = table_of(w->of, n->key);
	if (which == w->of->n)
		return bad(w, no, "a table's name");
	if (n->flags != PAGE_NODE_TABLE || n->len != sizeof(db))
		return bad(w, no, "a table's record");
	memcpy(&db, n->data, sizeof(db));
	struct tree t = { .w = w, .kind = TREE_TABLE, .large = which == w->of->large, .db = &db };
	if (t.large)
		w->ret->anchor = (size_t)(n->data - w->b);
	return tree_check(&t, no);
}

static err_t record(struct tree *t, size_t no, const struct page_node *n)
{
	t->entries++;
	if (t->kind == TREE_MAIN)
		return table_record(t->w, no, n);
	if (n->flags & ~(unsigned)PAGE_NODE_BIG)
		return bad(t->w, no, "flags of a record");
	const uint8_t *value = NULL;
	err_t e = value_of(t, n, &value);
	return e || t->kind != TREE_FREE ? e : free_record(t->w, no, n, value);
}

/* --- trees --- */

static int key_cmp(const struct tree *t, struct span a, struct span b)
{
	if (t->kind != TREE_FREE)
		return span_cmp(a, b);
	size_t x = word_at(a.p, 0), y = word_at(b.p, 0);
	return (x > y) - (x < y);
}

/* key_fits: integer keys can be compared only when they are whole. */
static bool key_fits(const struct tree *t, struct span key)
{
	return t->kind != TREE_FREE || key.len == sizeof(size_t);
}

static err_t leaf(struct tree *t, size_t no, const struct page *p, const struct limits *l)
{
	struct span before = l->low;
	bool equal = true; /* the first key may be the limit itself */
	t->leaves++;
	for (unsigned i = 0; i < p->n; i++) {
		struct page_node n = page_node(p, i);
		if (!key_fits(t, n.key) || (before.p && key_cmp(t, before, n.key) >= equal))
			return bad(t->w, no, "its keys are out of order");
		err_t e = record(t, no, &n);
		if (e)
			return e;
		before = n.key;
		equal = false;
	}
	return l->high.p && key_cmp(t, before, l->high) >= 0 ? bad(t->w, no, "its keys are another page's") : ERR_OK;
}

static err_t node_enter(struct tree *t, size_t no, unsigned depth, const struct limits *l);

/* branch: keys part the children; the first key says nothing. */
static err_t branch(struct tree *t, size_t no, const struct page *p, unsigned depth, const struct limits *l)
{
	struct page_node n = page_node(p, 0);
	struct limits below = { .low = l->low };
	t->branches++;
	for (unsigned i = 0; i < p->n; i++) {
		struct page_node next = i + 1 < p->n ? page_node(p, i + 1) : (struct page_node){ .key = l->high };
		if (i + 1 < p->n && !key_fits(t, next.key))
			return bad(t->w, no, "the length of a key");
		below.high = next.key;
		err_t e = node_enter(t, n.child, depth + 1, &below);
		if (e)
			return e;
		below.low = next.key;
		n = next;
	}
	return ERR_OK;
}

static err_t node_enter(struct tree *t, size_t no, unsigned depth, const struct limits *l)
{
	struct page p;
	err_t e = take_run(t->w, no, 1);
	if (e)
		return e;
	bool is_leaf = depth == t->db->depth;
	const char *wrong = page_tree(page_at(t->w, no), t->w->size, no, is_leaf, &p);
	if (wrong)
		return bad(t->w, no, wrong);
	return is_leaf ? leaf(t, no, &p, l) : branch(t, no, &p, depth, l);
}

static bool counts_hold(const struct tree *t)
{
	bool runs = t->large ? t->run_pages <= t->db->run_pages : t->run_pages == t->db->run_pages;
	return runs && t->branches == t->db->branches && t->leaves == t->db->leaves && t->entries == t->db->entries;
}

/* tree_check: `no`: where its root record is. */
static err_t tree_check(struct tree *t, size_t no)
{
	const struct page_db *db = t->db;
	struct limits all = { 0 };
	bool of_free = t->kind == TREE_FREE;
	if (db->flags != (of_free ? PAGE_INTEGER_KEYS : 0) || (!of_free && db->pad))
		return bad(t->w, no, "flags of a table");
	if (db->depth > DEPTH_MAX || (db->depth == 0) != (db->root == PAGE_NONE))
		return bad(t->w, no, "the depth of a table");
	err_t e = db->depth ? node_enter(t, db->root, 1, &all) : ERR_OK;
	if (!e && !counts_hold(t))
		e = bad(t->w, no, "the counts of a table");
	return e;
}

/* --- metas --- */

/* newer: LMDB takes the meta of the greater transaction, and that of transaction n is on page n % 2. Both are 0 in a
 * file that nothing was committed to; else they are one apart. */
static err_t newer(struct walk *w, const struct page_meta m[METAS])
{
	unsigned at = m[0].txnid < m[1].txnid;
	const struct page_meta *n = &m[at], *o = &m[!at];
	if (m[0].free.pad != m[1].free.pad)
		return bad(w, 1, "its size of pages");
	if (n->txnid % METAS != at || (n->txnid && n->txnid - 1 != o->txnid))
		return bad(w, at, "its transaction");
	w->meta = *n;
	return ERR_OK;
}

static err_t metas_read(struct walk *w, size_t bytes)
{
	struct page_meta m[METAS];
	const char *wrong = "the file is cut off";
	if (bytes >= PAGE_SIZE_MIN)
		wrong = page_meta_read(w->b, 0, &m[0]);
	if (wrong)
		return bad(w, 0, wrong);
	w->size = m[0].free.pad;
	w->pages = bytes / w->size;
	wrong = w->pages < METAS ? "the file is cut off" : page_meta_read(w->b + w->size, 1, &m[1]);
	return wrong ? bad(w, 1, wrong) : newer(w, m);
}

/* last_check: LMDB makes its map at least so large, and takes what it needs behind the last page. */
static err_t last_check(struct walk *w)
{
	size_t most = (size_t)(MAX(w->of->map_size, (uint64_t)w->pages * w->size) / w->size);
	if (w->meta.last < METAS - 1 || w->meta.last >= most)
		return bad(w, w->meta.txnid % METAS, "its last page");
	w->ret->seen = calloc(1, w->meta.last / 8 + 1);
	return w->ret->seen ? ERR_OK : ERR_NOMEM;
}

/* end_check: behind the file's end there are free pages only. */
static err_t end_check(struct walk *w)
{
	size_t all = w->meta.last + 1, ahead = all > w->pages ? all - w->pages : 0;
	if (ahead != w->free_ahead)
		return bad(w, w->meta.last, "it is behind the end of the file");
	w->ret->lost_pages = all - METAS - w->taken;
	w->ret->page = w->size;
	return ERR_OK;
}

err_t pages_check(struct span file, const struct pages_of *of, struct pages *ret, struct why *why)
{
	struct walk w = { .b = file.p, .of = of, .ret = ret, .why = why };
	err_t e = metas_read(&w, file.len);
	if (!e)
		e = last_check(&w);
	size_t at = w.meta.txnid % METAS;
	struct tree of_free = { .w = &w, .kind = TREE_FREE, .db = &w.meta.free };
	struct tree of_main = { .w = &w, .kind = TREE_MAIN, .db = &w.meta.main };
	if (!e)
		e = tree_check(&of_free, at);
	if (!e)
		e = tree_check(&of_main, at);
	if (!e && w.meta.main.entries && w.meta.main.entries != of->n)
		e = bad(&w, at, "the number of tables");
	return e ? e : end_check(&w);
}

const char *pages_run(struct span file, size_t page, size_t at, size_t len)
{
	size_t no = page_run_of(page, at), pages = 0;
	if (!no)
		return NULL;
	const char *wrong = page_run((const uint8_t *)file.p + no * page, page, no, len, &pages);
	if (!wrong && pages != page_run_need(page, len))
		wrong = "its length";
	return wrong;
}

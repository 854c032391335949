/* SPDX-License-Identifier: MIT
 * The check of data.mdb: what LMDB writes passes, and each field of each kind of page, edited, is refused.
 */
#include "pages_made.h"

#include "util/log.h"

static void passes(const struct image *m, size_t lost)
{
	struct why why = { 0 };
	struct pages p;
	err_t e = image_check(m, &p, &why);
	if (e)
		print_error("%s\n", why.text);
	assert_int_equal(e, ERR_OK);
	assert_int_equal(p.lost_pages, lost);
}

static void is_refused(const struct image *m, const char *expect)
{
	struct why why = { 0 };
	struct pages p;
	assert_int_equal(image_check(m, &p, &why), ERR_DAMAGED);
	if (!strstr(why.text, expect))
		fail_msg("\"%s\" is not what was expected: %s", why.text, expect);
}

/* refused: with `v` there. */
static void refused(struct image *m, size_t at, size_t width, uint64_t v, const char *expect)
{
	uint64_t old = get(m, at, width);
	assert_true(old != v);
	set(m, at, width, v);
	is_refused(m, expect);
	set(m, at, width, old);
}

static void what_lmdb_writes_passes(void **state)
{
	struct image *m = *state;
	struct pages p;
	passes(m, 0);
	assert_int_equal(image_check(m, &p, NULL), ERR_OK);
	assert_true(p.free_pages > 50);
	size_t tree = table_at(m, "tree");
	assert_true(get(m, DB_AT(tree, depth), 2) >= 3 && get(m, DB_AT(table_at(m, "block"), run_pages), 8) > 50);
}

static void metas(void **state)
{
	struct image *m = *state;
	size_t n = newer_meta(m), txnid = get(m, META_AT(n, txnid), 8), last = get(m, META_AT(n, last), 8);
	for (size_t no = 0; no < 2; no++) {
		refused(m, PAGE_AT(no), 8, 7, "no meta page");
		refused(m, FLAGS_AT(no), 2, PAGE_META | PAGE_LEAF, "no meta page");
		refused(m, META_AT(no, magic), 4, 0xDEC0EFBE, "not LMDB's");
		refused(m, META_AT(no, version), 4, 2, "not LMDB's");
		for (size_t wrong = 0; wrong < 5; wrong++)
			refused(m, META_AT(no, free.pad), 4, (uint64_t[]){ 0, 256, 2048, 12288, 65536 }[wrong],
			        "size of pages");
	}
	refused(m, META_AT(1, free.pad), 4, 8192, "size of pages");
	refused(m, META_AT(n, txnid), 8, txnid + 1, "transaction");
	refused(m, META_AT(n, txnid), 8, txnid + 2, "transaction");
	refused(m, META_AT(n, txnid), 8, txnid - 4, "transaction");
	refused(m, META_AT(!n, txnid), 8, txnid - 3, "transaction");
	/* the commit before, whole: that is what an older copy of the file is */
	set(m, META_AT(n, txnid), 8, txnid - 2);
	struct pages p;
	assert_int_equal(image_check(m, &p, NULL), ERR_OK);
	set(m, META_AT(n, txnid), 8, txnid);
	set(m, META_AT(!n, txnid), 8, txnid);
	refused(m, META_AT(n, txnid), 8, txnid + 1, "transaction"); /* one apart, each on the other's page */
	set(m, META_AT(!n, txnid), 8, txnid - 1);
	refused(m, META_AT(n, last), 8, 0, "last page");
	refused(m, META_AT(n, last), 8, m->map_size / 4096, "last page");
	refused(m, META_AT(n, last), 8, SIZE_MAX, "last page");
	refused(m, META_AT(n, last), 8, last - 1, "there is none of that number");
	refused(m, META_AT(n, last), 8, last + 1, "behind the end");
}

static void root_record(struct image *m, size_t db, uint16_t flags)
{
	static const size_t counts[] = { offsetof(struct page_db, branches), offsetof(struct page_db, leaves),
		                         offsetof(struct page_db, run_pages), offsetof(struct page_db, entries) };
	uint64_t depth = get(m, DB_AT(db, depth), 2), root = get(m, DB_AT(db, root), 8);
	for (unsigned bit = 0; bit < 16; bit++)
		refused(m, DB_AT(db, flags), 2, flags ^ 1u << bit, "flags of a table");
	refused(m, DB_AT(db, depth), 2, 0, "depth of a table");
	refused(m, DB_AT(db, depth), 2, 33, "depth of a table");
	refused(m, DB_AT(db, depth), 2, depth - 1, depth == 1 ? "depth of a table" : "its kind");
	refused(m, DB_AT(db, depth), 2, depth + 1, "its kind");
	refused(m, DB_AT(db, root), 8, PAGE_NONE, "depth of a table");
	refused(m, DB_AT(db, root), 8, 0, "there is none");
	refused(m, DB_AT(db, root), 8, 1, "there is none");
	refused(m, DB_AT(db, root), 8, root ^ 1ull << 40, "behind the end");
	for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
		if (db != table_at(m, "block") ||
		    counts[i] != offsetof(struct page_db, run_pages)) /* may be longer there */
			refused(m, db + counts[i], 8, get(m, db + counts[i], 8) + 1, "counts of a table");
		refused(m, db + counts[i], 8, get(m, db + counts[i], 8) - 1, "counts of a table");
	}
}

static void root_records(void **state)
{
	struct image *m = *state;
	size_t n = newer_meta(m), tree = table_at(m, "tree"), node = tree - NODE_HEAD - strlen("tree");
	root_record(m, META_AT(n, free), PAGE_INTEGER_KEYS);
	root_record(m, META_AT(n, main), 0);
	root_record(m, tree, 0);
	root_record(m, table_at(m, "block"), 0);
	refused(m, DB_AT(META_AT(n, main), pad), 4, 1, "flags of a table");
	refused(m, DB_AT(tree, pad), 4, 1, "flags of a table");
	refused(m, key_at(node), 1, 'u', "a table's name"); /* LMDB would make an empty one */
	refused(m, node + 4, 2, 0, "a table's record");
	refused(m, node, 4, sizeof(struct page_db) - 1, "a table's record");
	refused(m, node + 4, 2, PAGE_NODE_TABLE | 4, "a table's record");
	/* one root for two tables */
	refused(m, DB_AT(tree, root), 8, get(m, DB_AT(table_at(m, "block"), root), 8), "used twice");
}

/* Taken out as LMDB would: the table's pages are named by nothing then, and it would make an empty one. */
static void a_table_that_is_missing_is_refused(void **state)
{
	struct image *m = *state;
	size_t main = META_AT(newer_meta(m), main), no = leftmost(m, main, 1), upper = get(m, UPPER_AT(no), 2);
	unsigned n = nodes_of(m, no), i = 0;
	assert_true(n == 5 && get(m, DB_AT(main, depth), 2) == 1);
	while (get(m, POINTER_AT(no, i), 2) != upper)
		i++;
	size_t len = NODE_HEAD + get(m, node_at(m, no, i) + 6, 2) + sizeof(struct page_db);
	for (; i + 1 < n; i++)
		set(m, POINTER_AT(no, i), 2, get(m, POINTER_AT(no, i + 1), 2));
	set(m, LOWER_AT(no), 2, HEAD + 2 * (n - 1));
	set(m, UPPER_AT(no), 2, upper + len + len % 2);
	set(m, DB_AT(main, entries), 8, n - 1);
	is_refused(m, "number of tables");
}

static void page_of_a_tree(struct image *m, size_t no, unsigned kind)
{
	uint64_t lower = get(m, LOWER_AT(no), 2), upper = get(m, UPPER_AT(no), 2),
	         pointer = get(m, POINTER_AT(no, 1), 2);
	refused(m, PAGE_AT(no), 8, no + 1, "its number");
	for (unsigned bit = 0; bit < 16; bit++)
		refused(m, FLAGS_AT(no), 2, kind ^ 1u << bit, "its kind");
	refused(m, FLAGS_AT(no), 2, kind ^ (PAGE_BRANCH | PAGE_LEAF), "its kind");
	refused(m, LOWER_AT(no), 2, HEAD - 2, "its bounds");
	refused(m, LOWER_AT(no), 2, lower + 1, "its bounds");
	refused(m, LOWER_AT(no), 2, upper + 2, "its bounds");
	refused(m, LOWER_AT(no), 2, HEAD, "it is empty");
	refused(m, LOWER_AT(no), 2, lower - 2, "overlap");
	refused(m, UPPER_AT(no), 2, upper + 1, "its bounds");
	refused(m, UPPER_AT(no), 2, upper + 2, "overlap");
	refused(m, UPPER_AT(no), 2, upper - 2, lower > upper - 2 ? "its bounds" : "overlap");
	refused(m, UPPER_AT(no), 2, 4098, "its bounds");
	refused(m, POINTER_AT(no, 1), 2, pointer + 1, "not inside");
	refused(m, POINTER_AT(no, 1), 2, 4096 - 6, "not inside");
	refused(m, POINTER_AT(no, 1), 2, 0xfffe, "not inside");
	refused(m, POINTER_AT(no, 1), 2, get(m, POINTER_AT(no, 0), 2), "overlap");
	refused(m, node_at(m, no, 1) + 6, 2, 0xffff, "not inside");
	if (upper + NODE_HEAD + 512 <= 4096)
		refused(m, PAGE_AT(no) + upper + 6, 2, 512, "the length of a key");
	refused(m, node_at(m, no, 1) + 6, 2, get(m, node_at(m, no, 1) + 6, 2) - 2, "overlap");
	/* keys in disorder: two pointers exchanged */
	uint64_t first = get(m, POINTER_AT(no, 1), 2), second = get(m, POINTER_AT(no, 2), 2);
	set(m, POINTER_AT(no, 1), 2, second);
	refused(m, POINTER_AT(no, 2), 2, first, "keys are");
	set(m, POINTER_AT(no, 1), 2, first);
}

static void branches(void **state)
{
	struct image *m = *state;
	size_t tree = table_at(m, "tree");
	for (unsigned depth = 1; depth < get(m, DB_AT(tree, depth), 2); depth++) {
		size_t no = leftmost(m, tree, depth), node = node_at(m, no, 1);
		page_of_a_tree(m, no, PAGE_BRANCH);
		refused(m, LOWER_AT(no), 2, HEAD + 2, "it is empty");
		refused(m, node, 4, no, "used twice");
		refused(m, node, 4, child_of(m, node_at(m, no, 0)), "used twice");
		refused(m, node, 4, leftmost(m, table_at(m, "block"), 2), "");
		refused(m, node, 4, 1, "there is none");
		refused(m, node, 4, m->len / 4096, "behind the end");
		refused(m, node + 4, 2, 1, "behind the end");
		refused(m, key_at(node), 1, '9', "keys are");
	}
}

static void leaves(void **state)
{
	struct image *m = *state;
	size_t tree = table_at(m, "tree"), no = leftmost(m, tree, (unsigned)get(m, DB_AT(tree, depth), 2));
	size_t node = node_at(m, no, 1), last = node_at(m, no, nodes_of(m, no) - 1);
	page_of_a_tree(m, no, PAGE_LEAF);
	refused(m, node, 4, get(m, node, 4) - 2, "overlap");
	refused(m, node, 4, 0xffffffff, "not inside");
	refused(m, node + 6, 2, 0, "the length of a key");
	for (unsigned bit = 1; bit < 16; bit++)
		refused(m, node + 4, 2, 1u << bit, "flags of a record");
	refused(m, node + 4, 2, PAGE_NODE_BIG, "overlap");
	refused(m, key_at(node), 1, '9', "out of order");
	refused(m, key_at(last), 1, '9', "another page's");
	size_t second = child_of(m, node_at(m, leftmost(m, tree, (unsigned)get(m, DB_AT(tree, depth), 2) - 1), 1));
	refused(m, key_at(node_at(m, second, 0)), 1, '!', "out of order");
}

/* A node moved by a byte is over the next one's first; a node that is named twice more is three times where it may be
 * once. */
static void nodes_that_overlap_are_refused(void **state)
{
	struct image *m = *state;
	size_t tree = table_at(m, "tree"), no = leftmost(m, tree, (unsigned)get(m, DB_AT(tree, depth), 2));
	size_t lower = get(m, LOWER_AT(no), 2), pointer = get(m, POINTER_AT(no, 1), 2);
	assert_true(lower + 4 <= get(m, UPPER_AT(no), 2));
	set(m, PAGE_AT(no) + lower, 2, pointer);
	set(m, PAGE_AT(no) + lower + 2, 2, pointer);
	refused(m, LOWER_AT(no), 2, lower + 4, "overlap");
	size_t node = node_at(m, no, 1);
	memmove(m->b + node + 1, m->b + node, NODE_HEAD + 20);
	refused(m, POINTER_AT(no, 1), 2, pointer + 1, "not inside");
}

/* A node longer than LMDB makes them: it takes two of each page to fit on one. */
static void a_node_too_long_is_refused(void **state)
{
	struct image *m = *state;
	size_t no = leftmost(m, table_at(m, "state"), 1), at = PAGE_AT(no), node = 4096 - 2040;
	cleanup_free uint8_t *old = malloc(4096);
	memcpy(old, m->b + at, 4096);
	size_t entries = DB_AT(table_at(m, "state"), entries), n = get(m, entries, 8);
	set(m, entries, 8, 1);
	set(m, LOWER_AT(no), 2, HEAD + 2);
	set(m, UPPER_AT(no), 2, node);
	set(m, POINTER_AT(no, 0), 2, node);
	set(m, at + node, 4, 2040 - NODE_HEAD - 10);
	set(m, at + node + 4, 2, 0);
	set(m, at + node + 6, 2, 10);
	is_refused(m, "too long");
	memcpy(m->b + at, old, 4096);
	set(m, entries, 8, n);
}

static void runs(void **state)
{
	struct image *m = *state;
	size_t queue = table_at(m, "queue"), leaf = leftmost(m, queue, (unsigned)get(m, DB_AT(queue, depth), 2));
	size_t node = node_at(m, leaf, 0), other = node_at(m, leaf, 1), number = data_at(m, node);
	size_t no = get(m, number, 8), pages = get(m, LOWER_AT(no), 4);
	assert_int_equal(get(m, node + 4, 2), PAGE_NODE_BIG);
	refused(m, PAGE_AT(no), 8, no ^ 1, "not the beginning");
	for (unsigned bit = 0; bit < 16; bit++)
		refused(m, FLAGS_AT(no), 2, PAGE_RUN ^ 1u << bit, "not the beginning");
	refused(m, LOWER_AT(no), 4, 0, "cut off");
	refused(m, LOWER_AT(no), 4, pages - 1, "cut off");
	refused(m, LOWER_AT(no), 4, 0xffffffff, "behind the end");
	refused(m, LOWER_AT(no), 4, pages + 1, ""); /* a page of another, or a count that is not right */
	refused(m, node, 4, 0xffffffff, "cut off");
	refused(m, node, 4, pages * 4096 - HEAD + 1, "cut off");
	refused(m, number, 8, 0, "not the beginning");
	refused(m, number, 8, leaf, "not the beginning");
	refused(m, number, 8, m->len / 4096, "behind the end");
	refused(m, number, 8, SIZE_MAX, "behind the end");
	refused(m, number, 8, get(m, data_at(m, other), 8), "");
}

/* Of cached blocks only what is in the leaves: their heads are asked when they are to be freed. */
static void runs_of_blocks(void **state)
{
	struct image *m = *state;
	size_t block = table_at(m, "block"), leaf = leftmost(m, block, (unsigned)get(m, DB_AT(block, depth), 2));
	size_t node = node_at(m, leaf, 0), other = node_at(m, leaf, 1), number = data_at(m, node),
	       no = get(m, number, 8);
	size_t len = get(m, node, 4), pages = get(m, LOWER_AT(no), 4), at = PAGE_AT(no) + HEAD;
	struct span file = SPAN(m->b, m->len);
	refused(m, node, 4, 0xffffffff, "behind the end");
	refused(m, node, 4, 1u << 20, "used twice");
	refused(m, number, 8, 0, "there is none");
	refused(m, number, 8, leaf, "used twice");
	refused(m, number, 8, m->len / 4096, "behind the end");
	refused(m, number, 8, SIZE_MAX, "behind the end");
	refused(m, number, 8, get(m, data_at(m, other), 8), "used twice");
	assert_null(pages_run(file, 4096, at, len));
	assert_null(pages_run(file, 4096, data_at(m, node), 8)); /* in a leaf */
	static const struct {
		size_t at, width;
		uint64_t v;
	} edits[] = { { 0, 8, 3 },  { 10, 2, PAGE_RUN | 16 }, { 10, 2, PAGE_LEAF }, { 12, 4, 0 },
		      { 12, 4, 1 }, { 12, 4, 1000 } };
	for (size_t i = 0; i < ARRAY_LEN(edits); i++) {
		uint64_t was = get(m, PAGE_AT(no) + edits[i].at, edits[i].width);
		set(m, PAGE_AT(no) + edits[i].at, edits[i].width, edits[i].v);
		passes(m, 0);
		assert_non_null(pages_run(file, 4096, at, len));
		set(m, PAGE_AT(no) + edits[i].at, edits[i].width, was);
	}
	assert_int_equal(pages, page_run_need(4096, len));
}

/* list_at: where the first list of free pages with two of them is; *ret_node is its node. */
static size_t list_at(const struct image *m, size_t *ret_node)
{
	size_t db = META_AT(newer_meta(m), free), no = leftmost(m, db, (unsigned)get(m, DB_AT(db, depth), 2));
	for (unsigned i = 0; i < nodes_of(m, no); i++) {
		size_t node = node_at(m, no, i), at = data_at(m, node);
		if (get(m, node + 4, 2) & PAGE_NODE_BIG)
			at = PAGE_AT(get(m, at, 8)) + HEAD;
		*ret_node = node;
		if (get(m, at, 8) >= 2)
			return at;
	}
	fail_msg("no list of free pages");
	return 0;
}

static void lists_of_free_pages(void **state)
{
	struct image *m = *state;
	size_t node = 0, list = list_at(m, &node), n = newer_meta(m), count = get(m, list, 8);
	uint64_t first = get(m, list + 8, 8), second = get(m, list + 16, 8);
	refused(m, key_at(node), 8, 0, "its transaction");
	size_t db = META_AT(n, free), newest = rightmost(m, db, (unsigned)get(m, DB_AT(db, depth), 2));
	refused(m, key_at(node_at(m, newest, nodes_of(m, newest) - 1)), 8, get(m, META_AT(n, txnid), 8) + 1,
	        "its transaction");
	assert_true(get(m, DB_AT(db, depth), 2) > 1);
	refused(m, node_at(m, leftmost(m, db, 1), 1) + 6, 2, 7, "the length of a key");
	set(m, node, 4, get(m, node, 4) + 1);
	refused(m, node + 6, 2, 7, "keys are out of order");
	set(m, node, 4, get(m, node, 4) - 1);
	refused(m, list, 8, SIZE_MAX, "cut off");
	refused(m, list, 8, get(m, node, 4) / 8, "cut off");
	refused(m, list + 8, 8, second, "out of order");
	refused(m, list + 16, 8, first, "out of order");
	refused(m, list + 8, 8, SIZE_MAX, "there is none");
	refused(m, list + 8 * count, 8, 1, "there is none");
	refused(m, list + 8 * count, 8, 0, "there is none");
	/* a page in use: the only entry of a list */
	set(m, list, 8, 1);
	refused(m, list + 8, 8, leftmost(m, table_at(m, "tree"), 1), "used twice");
	refused(m, list + 8, 8, leftmost(m, META_AT(n, free), 1), "used twice");
	set(m, list, 8, count);
	/* fewer than there were: lost, but nobody else's */
	set(m, list, 8, count - 1);
	passes(m, 1);
	set(m, list, 8, count);
}

static void a_file_that_was_cut_is_refused(void **state)
{
	struct image *m = *state;
	struct image cut = *m;
	size_t tail = 0; /* free pages at the file's end need not be there */
	for (size_t pages = m->len / 4096 - 1; pages; pages--) {
		struct pages p;
		cut.len = pages * 4096;
		if (image_check(&cut, &p, NULL) == ERR_OK) {
			assert_int_equal(tail, m->len / 4096 - 1 - pages);
			tail++;
		}
	}
	assert_true(tail < m->len / 4096 / 2);
	for (cut.len = 1; cut.len < 8192; cut.len += 511) {
		cut.b = malloc(cut.len); /* no longer, so that a sanitizer sees what is read behind it */
		memcpy(cut.b, m->b, cut.len);
		is_refused(&cut, "cut off");
		free(cut.b);
	}
}

static void an_empty_file_of_lmdb_passes(void **state)
{
	(void)state;
	struct place p;
	place_small(&p);
	assert_int_equal(map_close(place_open(&p)), ERR_OK);
	cleanup(image_free) struct image m = read_file(p.dir, "data.mdb", SIZE_MAX);
	passes(&m, 0);
	place_remove(&p);
}

int main(void)
{
	log_to(log_levels_all(LOG_ERROR), open("/dev/null", O_WRONLY | O_CLOEXEC));
	const struct CMUnitTest tests[] = {
		TEST(what_lmdb_writes_passes),
		cmocka_unit_test(an_empty_file_of_lmdb_passes),
		TEST(metas),
		TEST(root_records),
		TEST(a_table_that_is_missing_is_refused),
		TEST(branches),
		TEST(leaves),
		TEST(nodes_that_overlap_are_refused),
		TEST(a_node_too_long_is_refused),
		TEST(runs),
		TEST(runs_of_blocks),
		TEST(lists_of_free_pages),
		TEST(a_file_that_was_cut_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

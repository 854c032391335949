/* SPDX-License-Identifier: MIT
 * Random histories against a plain array: gets, scans, transactions, refused ones, what is in the base, reopening; on
 * the fake and on disk.
 */
#include "cache/base_scan.h"
#include "cache_util.h"

#define KEYS 300 /* in turn of records, blocks and the queue */
#define VALUE 40 /* most values; some are large */

struct value {
	bool there;
	uint32_t len, stamp; /* contents are derived from the stamp */
};
struct model {
	struct value now[KEYS];
	struct value committed[KEYS]; /* as of the last commit that was asked for */
	uint64_t seed;
	uint32_t stamp;
	bool quiet; /* nobody commits but who is asked to */
};

static enum map_table table_of(unsigned i)
{
	static const enum map_table turn[] = { MAP_RECORDS, MAP_BLOCK, MAP_QUEUE };
	return turn[i % ARRAY_LEN(turn)];
}

static struct span key_of(unsigned i, uint8_t out[8])
{
	/* lengths differ, and some keys are prefixes of others */
	out[0] = (uint8_t)(i < KEYS / 2 ? 1 + i % 5 : MAP_LOCAL + i % 3);
	out[1] = (uint8_t)(i / 16);
	out[2] = (uint8_t)i;
	memset(out + 3, 0, 5);
	return SPAN(out, 3 + i % 4);
}

static void fill(struct buf *b, const struct value *v)
{
	buf_clear(b);
	uint8_t *p = buf_extend(b, v->len);
	for (uint32_t i = 0; i < v->len; i++)
		p[i] = (uint8_t)(v->stamp * 31 + i);
}

static void same(struct span got, const struct value *want)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	assert_true(want->there);
	assert_non_null(got.p);
	assert_int_equal(got.len, want->len);
	fill(&b, want);
	if (want->len)
		assert_memory_equal(got.p, b.p, want->len);
}

static void random_batch(struct model *md, struct batch *b)
{
	cleanup(buf_free) struct buf v = BUF_INIT;
	uint8_t k[8];
	for (unsigned n = 1 + rnd(&md->seed) % 12; n; n--) {
		unsigned i = rnd(&md->seed) % KEYS;
		struct span key = key_of(i, k);
		struct value *to = &md->now[i];
		if (rnd(&md->seed) % 3 == 0) {
			to->there = false;
			batch_del(b, table_of(i), key);
			continue;
		}
		uint32_t len = rnd(&md->seed) % VALUE;
		if (rnd(&md->seed) % 20 == 0)
			len = rnd(&md->seed) % 20000;
		*to = (struct value){ true, len, ++md->stamp };
		fill(&v, to);
		if (rnd(&md->seed) % 2)
			batch_put_buf(b, table_of(i), key, &v);
		else
			batch_put(b, table_of(i), key, buf_span(&v));
	}
}

struct check {
	const struct value *want;
	enum map_table table;
	unsigned seen;
	struct span prefix, from;
	uint8_t last[8];
	size_t last_len;
	int limit;
};

static int index_of(struct span key)
{
	uint8_t k[8];
	for (unsigned i = 0; i < KEYS; i++)
		if (span_cmp(key_of(i, k), key) == 0)
			return (int)i;
	return -1;
}

static int visit(void *ctx, struct span key, struct span value)
{
	struct check *c = ctx;
	int i = index_of(key);
	assert_true(i >= 0 && table_of((unsigned)i) == c->table);
	if (c->seen)
		assert_true(span_cmp(SPAN(c->last, c->last_len), key) < 0);
	memcpy(c->last, key.p, key.len);
	c->last_len = key.len;
	c->seen++;
	same(value, &c->want[i]);
	return c->limit && (int)c->seen == c->limit ? MAP_STOP : 0;
}

static unsigned expected(const struct check *c)
{
	unsigned n = 0;
	uint8_t k[8];
	for (unsigned i = 0; i < KEYS; i++) {
		struct span key = key_of(i, k);
		bool in =
		        key.len >= c->prefix.len && (!c->prefix.len || memcmp(key.p, c->prefix.p, c->prefix.len) == 0);
		if (c->want[i].there && table_of(i) == c->table && in && span_cmp(key, c->from) >= 0)
			n++;
	}
	return n;
}

static void check_scan(struct map *m, struct model *md)
{
	uint8_t p[8], f[8];
	struct check c = { .want = md->now,
		           .table = table_of(rnd(&md->seed) % KEYS),
		           .prefix = key_of(rnd(&md->seed) % KEYS, p),
		           .from = key_of(rnd(&md->seed) % KEYS, f) };
	c.prefix.len = rnd(&md->seed) % 3;
	if (rnd(&md->seed) % 2)
		c.from.len = 0;
	assert_int_equal(map_scan(m, c.table, c.prefix, c.from, visit, &c), ERR_OK);
	assert_int_equal(c.seen, expected(&c));
	if (c.seen > 1) {
		struct check again = { .want = md->now, .table = c.table, .limit = (int)c.seen - 1 };
		assert_int_equal(map_scan(m, c.table, c.prefix, c.from, visit, &again), ERR_OK);
		assert_int_equal(again.seen, c.seen - 1);
	}
}

static void check_get(struct map *m, struct model *md)
{
	cleanup(buf_free) struct buf out = BUF_INIT;
	uint8_t k[8], part[8];
	unsigned i = rnd(&md->seed) % KEYS;
	struct span key = key_of(i, k);
	err_t e = map_get(m, table_of(i), key, &out);
	assert_int_equal(e, md->now[i].there ? ERR_OK : ERR_NOTFOUND);
	size_t total = 0;
	if (e)
		return;
	same(SPAN(out.len ? (const void *)out.p : "", out.len), &md->now[i]);
	size_t at = out.len ? rnd(&md->seed) % out.len : 0, n = MIN(out.len - at, sizeof(part));
	assert_int_equal(map_peek(m, table_of(i), key, (struct map_range){ at, n }, part, &total), ERR_OK);
	assert_int_equal(total, out.len);
	if (n)
		assert_memory_equal(part, out.p + at, n);
	assert_int_equal(map_peek(m, table_of(i), key, (struct map_range){ out.len, 1 }, part, NULL), ERR_LIMIT);
}

/* check_committed: all that was applied is in the base. */
static void check_committed(struct map *m, struct model *md)
{
	struct map_stats st;
	map_stats(m, &st);
	assert_true(st.applied == st.committed && st.failed == ERR_OK);
	memcpy(md->committed, md->now, sizeof(md->now));
}

/* check_base: the base alone, whatever lies over it: as the last commit left it. */
static void check_base(struct map *m, const struct model *md)
{
	check_counts(m);
	if (!md->quiet)
		return;
	struct reader *r = NULL;
	assert_int_equal(reader_get(m, &r), ERR_OK);
	const struct base_view v = { m, r->txn, r->opener };
	for (unsigned i = 0; i < 3; i++) {
		struct check c = { .want = md->committed, .table = table_of(i) };
		assert_int_equal(scan_base(&v, c.table, SPAN(NULL, 0), SPAN(NULL, 0), visit, &c), ERR_OK);
		assert_int_equal(c.seen, expected(&c));
	}
	reader_put(m, r);
}

/* txn_sees_all: the transaction sees what was applied, and its own changes. */
static void txn_sees_all(struct map_txn *x, struct model *md)
{
	cleanup(buf_free) struct buf v = BUF_INIT;
	uint8_t k[8];
	unsigned i = rnd(&md->seed) % KEYS;
	assert_int_equal(map_txn_get(x, table_of(i), key_of(i, k), &v), md->now[i].there ? ERR_OK : ERR_NOTFOUND);
	for (unsigned t = 0; t < 3; t++) {
		struct check c = { .want = md->now, .table = table_of(t) };
		assert_int_equal(map_txn_scan(x, c.table, SPAN(NULL, 0), SPAN(NULL, 0), visit, &c), ERR_OK);
		assert_int_equal(c.seen, expected(&c));
	}
}

static void txn_change(struct map_txn *x, struct model *md)
{
	cleanup(buf_free) struct buf v = BUF_INIT;
	uint8_t k[8];
	unsigned i = rnd(&md->seed) % KEYS;
	struct span key = key_of(i, k);
	md->now[i] = (struct value){ rnd(&md->seed) % 3 != 0, rnd(&md->seed) % VALUE, ++md->stamp };
	fill(&v, &md->now[i]);
	err_t e = md->now[i].there ? map_txn_put(x, table_of(i), key, buf_span(&v)) : map_txn_del(x, table_of(i), key);
	assert_int_equal(e, ERR_OK);
}

static err_t transaction(struct map_txn *x, void *ctx)
{
	struct model *md = ctx;
	txn_sees_all(x, md);
	for (int i = 0; i < 4; i++)
		txn_change(x, md);
	txn_sees_all(x, md);
	return ERR_OK;
}

/* refused: the same, and then it is not to be. What was applied before stays. */
static err_t refused(struct map_txn *x, void *ctx)
{
	struct model *md = ctx;
	struct value was[KEYS];
	memcpy(was, md->now, sizeof(was));
	assert_int_equal(transaction(x, ctx), ERR_OK);
	memcpy(md->now, was, sizeof(was));
	return ERR_CANCELED;
}

static void do_transact(struct map *m, struct model *md)
{
	if (rnd(&md->seed) % 4 == 0) {
		assert_int_equal(map_transact(m, refused, md), ERR_CANCELED);
		check_base(m, md);
		check_get(m, md);
		check_scan(m, md);
	}
	assert_int_equal(map_transact(m, transaction, md), ERR_OK);
	check_committed(m, md);
	check_base(m, md);
}

/* reopen: now and then after a transaction that nothing was applied beside. */
static struct map *reopen(struct place *p, struct map *m, struct model *md)
{
	if (rnd(&md->seed) % 2) {
		assert_int_equal(map_commit(m), ERR_OK);
		check_committed(m, md);
		do_transact(m, md);
	}
	assert_int_equal(map_close(m), ERR_OK);
	m = place_open(p);
	check_committed(m, md);
	check_base(m, md);
	return m;
}

static void commit_or_sync(struct map *m, struct model *md, enum kind kind, bool commit)
{
	assert_int_equal(commit ? map_commit(m) : map_sync(m), ERR_OK);
	if (commit || kind == FAKE) /* which has no log */
		check_committed(m, md);
	check_base(m, md);
}

static void history(enum kind kind, uint64_t seed, unsigned steps)
{
	struct place p;
	place_make(&p, kind);
	cleanup_free struct model *md = calloc(1, sizeof(*md));
	*md = (struct model){ .seed = seed, .quiet = seed % 2 == 0 };
	if (md->quiet)
		p.config.commit_ms = 3600000;
	struct map *m = place_open(&p);
	cleanup(batch_freep) struct batch *b = batch_new();
	for (unsigned i = 0; i < steps; i++) {
		random_batch(md, b);
		assert_int_equal(map_apply(m, b), ERR_OK);
		unsigned what = rnd(&md->seed) % 100;
		check_get(m, md);
		if (what < 30)
			check_scan(m, md);
		else if (what < 40)
			check_base(m, md);
		else if (what < 45)
			commit_or_sync(m, md, kind, what >= 43);
		else if (what < 49)
			do_transact(m, md);
		else if (what == 49 && kind == DISK)
			m = reopen(&p, m, md);
	}
	check_base(m, md);
	assert_int_equal(map_close(m), ERR_OK);
	place_remove(&p);
}

static void a_random_history_matches_the_model(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 6; seed++)
		history(FAKE, seed, 2000);
	for (uint64_t seed = 1; seed <= 3; seed++)
		history(DISK, seed, 500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_random_history_matches_the_model),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT
 * Random histories against a plain array: gets, scans, cuts, deltas, states, undoing, reopening; on the fake and on
 * disk.
 */
#include "cache_util.h"

#define KEYS 300 /* the first half shared, the rest local */
#define VALUE 40 /* most values; some are large */
#define ENTRIES 64

struct value {
	bool there;
	uint32_t len, stamp; /* contents are derived from the stamp */
};
struct model {
	struct value now[KEYS];
	struct value at_close[ENTRIES][KEYS];
	uint64_t changeset, seed;
	uint32_t stamp;
};

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
			batch_del(b, MAP_RECORDS, key);
			continue;
		}
		uint32_t len = rnd(&md->seed) % VALUE;
		if (rnd(&md->seed) % 20 == 0)
			len = rnd(&md->seed) % 20000;
		*to = (struct value){ true, len, ++md->stamp };
		fill(&v, to);
		if (rnd(&md->seed) % 2)
			batch_put_buf(b, MAP_RECORDS, key, &v);
		else
			batch_put(b, MAP_RECORDS, key, buf_span(&v));
	}
}

struct check {
	const struct value *want;
	unsigned seen;
	struct span prefix, from;
	uint8_t last[8];
	size_t last_len;
	int limit;
	bool shared_only;
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
	assert_true(i >= 0);
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
		if (c->want[i].there && in && span_cmp(key, c->from) >= 0 && (!c->shared_only || k[0] < MAP_LOCAL))
			n++;
	}
	return n;
}

static void check_scan(struct map *m, struct model *md)
{
	uint8_t p[8], f[8];
	struct check c = { .want = md->now,
		           .prefix = key_of(rnd(&md->seed) % KEYS, p),
		           .from = key_of(rnd(&md->seed) % KEYS, f) };
	c.prefix.len = rnd(&md->seed) % 3;
	if (rnd(&md->seed) % 2)
		c.from.len = 0;
	assert_int_equal(map_scan(m, MAP_RECORDS, c.prefix, c.from, visit, &c), ERR_OK);
	assert_int_equal(c.seen, expected(&c));
	if (c.seen > 1) {
		struct check again = { .want = md->now, .limit = (int)c.seen - 1 };
		assert_int_equal(map_scan(m, MAP_RECORDS, c.prefix, c.from, visit, &again), ERR_OK);
		assert_int_equal(again.seen, c.seen - 1);
	}
}

static void check_get(struct map *m, struct model *md)
{
	cleanup(buf_free) struct buf out = BUF_INIT;
	uint8_t k[8], part[8];
	unsigned i = rnd(&md->seed) % KEYS;
	struct span key = key_of(i, k);
	err_t e = map_get(m, MAP_RECORDS, key, &out);
	assert_int_equal(e, md->now[i].there ? ERR_OK : ERR_NOTFOUND);
	size_t total = 0;
	if (e)
		return;
	same(SPAN(out.len ? (const void *)out.p : "", out.len), &md->now[i]);
	size_t at = out.len ? rnd(&md->seed) % out.len : 0, n = MIN(out.len - at, sizeof(part));
	assert_int_equal(map_peek(m, MAP_RECORDS, key, (struct map_range){ at, n }, part, &total), ERR_OK);
	assert_int_equal(total, out.len);
	if (n)
		assert_memory_equal(part, out.p + at, n);
	assert_int_equal(map_peek(m, MAP_RECORDS, key, (struct map_range){ out.len, 1 }, part, NULL), ERR_LIMIT);
}

struct delta {
	const struct model *md;
	uint64_t changeset;
	bool seen[KEYS];
	struct batch *inverse;
};

static int on_delta(void *ctx, struct span key, struct span before, struct span after)
{
	struct delta *d = ctx;
	int i = index_of(key);
	assert_true(i >= 0 && i < KEYS / 2);
	d->seen[i] = true;
	const struct value *was = &d->md->at_close[d->changeset - 1][i], *is = &d->md->at_close[d->changeset][i];
	assert_int_equal(before.p != NULL, was->there);
	assert_int_equal(after.p != NULL, is->there);
	if (was->there)
		same(before, was);
	if (is->there)
		same(after, is);
	if (d->inverse && was->there)
		batch_put(d->inverse, MAP_RECORDS, key, before);
	else if (d->inverse)
		batch_del(d->inverse, MAP_RECORDS, key);
	return 0;
}

static bool differs(const struct value *a, const struct value *b)
{
	return a->there != b->there ||
	       (a->there && (a->len != b->len || (a->len && (uint8_t)(a->stamp - b->stamp) != 0)));
}

static void check_delta(struct map *m, const struct model *md, uint64_t changeset, struct batch *inverse)
{
	struct delta d = { .md = md, .changeset = changeset, .inverse = inverse };
	assert_int_equal(map_delta(m, changeset, SPAN(NULL, 0), on_delta, &d), ERR_OK);
	for (unsigned i = 0; i < KEYS / 2; i++)
		assert_int_equal(d.seen[i], differs(&md->at_close[changeset - 1][i], &md->at_close[changeset][i]));
}

static void close_entry(struct model *md)
{
	memcpy(md->at_close[md->changeset], md->now, sizeof(md->now));
	md->changeset++;
}

static void check_history(struct map *m, struct model *md)
{
	assert_true(map_changeset(m) == md->changeset);
	check_counts(m);
	if (md->changeset == 1)
		return;
	uint8_t f[8];
	struct check c = { .want = md->at_close[md->changeset - 1],
		           .shared_only = true,
		           .from = key_of(rnd(&md->seed) % KEYS, f) };
	assert_int_equal(map_state_at(m, md->changeset - 1, c.from, visit, &c), ERR_OK);
	assert_int_equal(c.seen, expected(&c));
	check_delta(m, md, 1 + rnd(&md->seed) % (md->changeset - 1), NULL);
	assert_int_equal(map_delta(m, md->changeset, SPAN(NULL, 0), on_delta, NULL), ERR_INVAL);
}

static err_t cut_work(struct map_txn *x, uint64_t changeset, void *ctx)
{
	struct model *md = ctx;
	uint8_t k[8];
	cleanup(buf_free) struct buf v = BUF_INIT;
	assert_true(changeset == md->changeset);
	/* the transaction sees what was applied, and its own changes */
	unsigned i = rnd(&md->seed) % (KEYS / 2);
	err_t e = map_txn_get(x, MAP_RECORDS, key_of(i, k), &v);
	assert_int_equal(e, md->now[i].there ? ERR_OK : ERR_NOTFOUND);
	md->now[i] = (struct value){ true, 5, ++md->stamp };
	fill(&v, &md->now[i]);
	assert_int_equal(map_txn_put(x, MAP_RECORDS, key_of(i, k), buf_span(&v)), ERR_OK);
	struct check c = { .want = md->now };
	assert_int_equal(map_txn_scan(x, MAP_RECORDS, SPAN(NULL, 0), SPAN(NULL, 0), visit, &c), ERR_OK);
	assert_int_equal(c.seen, expected(&c));
	return ERR_OK;
}

static err_t refuse(struct map_txn *x, uint64_t changeset, void *ctx)
{
	(void)changeset, (void)ctx;
	assert_int_equal(map_txn_put(x, MAP_RECORDS, span_str("\1refused"), span_str("x")), ERR_OK);
	return ERR_CANCELED;
}

static void do_cut(struct map *m, struct model *md)
{
	uint64_t closed = 0;
	if (rnd(&md->seed) % 4 == 0) {
		assert_int_equal(map_changeset_close(m, refuse, NULL, &closed), ERR_CANCELED);
		assert_true(map_changeset(m) == md->changeset);
	}
	assert_int_equal(map_changeset_close(m, cut_work, md, &closed), ERR_OK);
	assert_true(closed == md->changeset);
	assert_false(map_dirty(m));
	close_entry(md);
}

/* undo_newest: a clean map takes the inverse of its newest changeset as a new changeset. */
static void undo_newest(struct map *m, struct model *md)
{
	do_cut(m, md);
	cleanup(batch_freep) struct batch *b = batch_new();
	check_delta(m, md, md->changeset - 1, b);
	uint64_t closed = 0;
	assert_int_equal(map_apply_changeset(m, b, NULL, NULL, &closed), ERR_OK);
	assert_true(closed == md->changeset);
	for (unsigned i = 0; i < KEYS / 2; i++)
		md->now[i] = md->at_close[md->changeset - 2][i];
	close_entry(md);
}

static void history(enum kind kind, uint64_t seed, unsigned steps)
{
	struct place p;
	place_make(&p, kind);
	struct map *m = place_open(&p);
	cleanup_free struct model *md = calloc(1, sizeof(*md));
	*md = (struct model){ .changeset = 1, .seed = seed };
	cleanup(batch_freep) struct batch *b = batch_new();
	for (unsigned i = 0; i < steps; i++) {
		random_batch(md, b);
		assert_int_equal(map_apply(m, b), ERR_OK);
		unsigned what = rnd(&md->seed) % 100;
		check_get(m, md);
		if (what < 30)
			check_scan(m, md);
		else if (what < 40)
			check_history(m, md);
		else if (what < 43)
			assert_int_equal(map_sync(m), ERR_OK);
		else if (what < 45)
			assert_int_equal(map_commit(m), ERR_OK);
		else if (what < 47 && md->changeset < ENTRIES - 2)
			do_cut(m, md);
		else if (what == 48 && md->changeset < ENTRIES - 2)
			undo_newest(m, md);
		else if (what == 49 && kind == DISK && i % 3 == 0) {
			assert_int_equal(map_close(m), ERR_OK);
			m = place_open(&p);
		}
	}
	check_history(m, md);
	assert_true(map_undo_bytes(m) > 0);
	uint64_t closed = 0;
	assert_int_equal(map_changeset_close(m, NULL, NULL, &closed), ERR_OK);
	assert_int_equal(map_forget(m, closed), ERR_OK);
	assert_true(map_undo_bytes(m) == 0);
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

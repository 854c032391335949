/* SPDX-License-Identifier: MIT
 * A child works on a map and dies at a random moment; what it was promised goes through a pipe. Afterwards the map must
 * hold exactly the first n batches for some n, and n must not be less than the last promise.
 *
 * Most batches are applied. Some are a transaction's work, past memtable and log: it comes whole, after all that was
 * applied before it, and what the log says of these is not replayed over it. Some transactions only note, in the queue,
 * how many batches there are, and some are refused.
 */
#include "cache_util.h"

#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>

#define ROUNDS 60
#define SLOTS 40

struct worker {
	struct map *m;
	int promises; /* pipe */
	_Atomic uint64_t done;
	uint64_t dies_inside; /* of the transaction of that batch */
};

static uint64_t le64(const void *p)
{
	uint64_t v;
	memcpy(&v, p, 8);
	return v;
}

/* Batch n writes three slots (one may be deleted), a block, and the number itself. */
static struct span slot_key(uint64_t slot, uint8_t out[2])
{
	out[0] = slot % 2 ? 1 : MAP_LOCAL;
	out[1] = (uint8_t)slot;
	return SPAN(out, 2);
}
static uint64_t slot_of(uint64_t n, unsigned which)
{
	return (n * (which + 3) + n / 7) % SLOTS;
}
static bool deletes(uint64_t n, unsigned which)
{
	return (n + which) % 5 == 0;
}
static size_t length_of(uint64_t n)
{
	return n % 31 == 0 ? 30000 : 8 + n % 200;
}

/* Where a batch goes: into a struct batch, or past it into a transaction. */
struct sink {
	struct batch *b;
	struct map_txn *x; /* NULL: b */
};

static void sink_put(const struct sink *to, enum map_table t, struct span key, struct span value)
{
	if (!to->x)
		batch_put(to->b, t, key, value);
	else if (map_txn_put(to->x, t, key, value))
		_exit(10);
}

static void sink_del(const struct sink *to, enum map_table t, struct span key)
{
	if (!to->x)
		batch_del(to->b, t, key);
	else if (map_txn_del(to->x, t, key))
		_exit(11);
}

static void make_batch(const struct sink *to, uint64_t n)
{
	static uint8_t value[131072]; /* one thread makes batches */
	uint8_t k[2];
	memset(value, (int)n, sizeof(value));
	memcpy(value, &n, 8);
	for (unsigned i = 0; i < 3; i++) {
		struct span key = slot_key(slot_of(n, i), k);
		if (deletes(n, i))
			sink_del(to, MAP_RECORDS, key);
		else
			sink_put(to, MAP_RECORDS, key, SPAN(value, length_of(n)));
	}
	if (n % 10 == 0)
		sink_put(to, MAP_BLOCK, SPAN("block", 5), SPAN(value, sizeof(value)));
	sink_put(to, MAP_STATE, span_str("n"), SPAN(value, 8));
}

static void promise(const struct worker *w, uint64_t n)
{
	if (write(w->promises, &n, sizeof(n)) != sizeof(n))
		_exit(3);
}

static void *syncer(void *arg)
{
	struct worker *w = arg;
	for (;;) {
		uint64_t n = w->done;
		if (map_sync(w->m))
			_exit(3);
		promise(w, n);
	}
	return NULL;
}

/* --- transactions --- */
struct job {
	struct worker *w;
	uint64_t n;
};

static bool is_transaction(uint64_t n)
{
	return n % 97 == 0;
}
static bool is_noted(uint64_t n)
{
	return n % 53 == 0;
}

static err_t note(struct map_txn *x, void *ctx)
{
	const struct job *j = ctx;
	return map_txn_put(x, MAP_QUEUE, span_str("noted"), SPAN(&j->n, sizeof(j->n)));
}

static err_t batch_inside(struct map_txn *x, void *ctx)
{
	const struct job *j = ctx;
	const struct sink to = { .x = x };
	make_batch(&to, j->n);
	err_t e = note(x, ctx);
	if (j->n == j->w->dies_inside)
		_exit(0);
	return e;
}

static err_t refused(struct map_txn *x, void *ctx)
{
	const struct job *j = ctx;
	const struct sink to = { .x = x };
	make_batch(&to, j->n + 1000000);
	err_t e = note(x, ctx);
	return e ? e : ERR_CANCELED;
}

/* transact: all that was applied, and what fn does, is durable when it returns. */
static int transact(struct worker *w, map_txn_fn fn, uint64_t n)
{
	struct job j = { w, n };
	if (map_transact(w->m, fn, &j))
		return 4;
	promise(w, n);
	return 0;
}

/* step: one batch, in one of the ways there are. 0 or an exit code. */
static int step(struct worker *w, struct batch *b, uint64_t n)
{
	struct job j = { w, n };
	const struct sink to = { .b = b };
	int bad = 0;
	if (n % 89 == 0 && map_transact(w->m, refused, &j) != ERR_CANCELED)
		return 5;
	if (is_transaction(n)) {
		bad = transact(w, batch_inside, n);
	} else {
		make_batch(&to, n);
		if (map_apply(w->m, b))
			return 6;
	}
	if (bad)
		return bad;
	w->done = n;
	if (n % 41 == 0) {
		if (map_commit(w->m))
			return 7;
		promise(w, n);
	}
	return is_noted(n) && !is_transaction(n) ? transact(w, note, n) : 0;
}

static void work(struct place *p, uint64_t from, int promises, uint64_t die_at)
{
	struct worker w = { .promises = promises, .done = from, .dies_inside = die_at };
	struct batch *b = batch_new();
	pthread_t t[2];
	struct why why = { 0 };
	if (!b || map_open(&p->config, &w.m, &why)) {
		dprintf(2, "child cannot open: %s\n", why.text);
		_exit(2);
	}
	for (int i = 0; i < 2; i++)
		if (pthread_create(&t[i], NULL, syncer, &w))
			_exit(9);
	for (uint64_t n = from + 1;; n++) {
		int bad = step(&w, b, n);
		if (bad || n == die_at)
			_exit(bad);
	}
}

struct want {
	uint64_t n[SLOTS]; /* 0: absent */
	uint64_t block;
};

static void expect_slot(struct map *m, uint64_t slot, uint64_t n)
{
	cleanup(buf_free) struct buf v = BUF_INIT;
	uint8_t k[2];
	err_t e = map_get(m, MAP_RECORDS, slot_key(slot, k), &v);
	assert_int_equal(e, n ? ERR_OK : ERR_NOTFOUND);
	if (!n)
		return;
	assert_int_equal(v.len, length_of(n));
	assert_true(le64(v.p) == n);
	for (size_t i = 8; i < v.len; i++)
		assert_int_equal(v.p[i], (uint8_t)n);
}

/* check_note: a note came with its transaction: with all that was applied before, and not without what came with it.
 * Of the lives before this one only those of a batch's own transaction are sure. */
static void check_note(struct map *m, uint64_t from, uint64_t n)
{
	cleanup(buf_free) struct buf v = BUF_INIT;
	err_t e = map_get(m, MAP_QUEUE, span_str("noted"), &v);
	assert_true(e == ERR_OK || e == ERR_NOTFOUND);
	uint64_t noted = e ? 0 : le64(v.p), least = 0;
	for (uint64_t i = 1; i <= n; i++)
		if (is_transaction(i) || (i > from && i < n && is_noted(i)))
			least = i;
	assert_true(noted >= least && noted <= n);
	assert_true(is_transaction(noted) || is_noted(noted) || !noted);
}

/* check: the state is that after batch n, all of it; returns n. */
static uint64_t check(struct map *m, uint64_t from)
{
	cleanup(buf_free) struct buf v = BUF_INIT;
	err_t e = map_get(m, MAP_STATE, span_str("n"), &v);
	assert_true(e == ERR_OK || e == ERR_NOTFOUND);
	uint64_t n = e ? 0 : le64(v.p), block = 0;
	struct want w = { 0 };
	for (uint64_t i = 1; i <= n; i++) {
		for (unsigned k = 0; k < 3; k++)
			w.n[slot_of(i, k)] = deletes(i, k) ? 0 : i;
		block = i % 10 ? block : i;
	}
	for (uint64_t s = 0; s < SLOTS; s++)
		expect_slot(m, s, w.n[s]);
	e = map_get(m, MAP_BLOCK, SPAN("block", 5), &v);
	assert_int_equal(e, block ? ERR_OK : ERR_NOTFOUND);
	if (block)
		assert_true(le64(v.p) == block && v.len == 131072);
	check_note(m, from, n);
	check_counts(m);
	return n;
}

static uint64_t one_round(struct place *p, uint64_t from, uint64_t *seed)
{
	int fds[2];
	assert_int_equal(pipe(fds), 0);
	bool suicide = rnd(seed) % 3 == 0;
	uint64_t die_at = suicide ? from + 1 + rnd(seed) % 300 : UINT64_MAX;
	while (suicide && *seed % 4 == 0 && !is_transaction(die_at)) /* inside of one */
		die_at++;
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		close(fds[0]);
		work(p, from, fds[1], die_at);
	}
	close(fds[1]);
	if (!suicide) {
		usleep((useconds_t)(rnd(seed) % 150000)); /* the moment of death is what is random here */
		kill(pid, SIGKILL);
	}
	uint64_t promised = 0, n;
	while (read(fds[0], &n, sizeof(n)) == sizeof(n))
		promised = MAX(promised, n);
	close(fds[0]);
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
	struct map *m = place_open(p);
	n = check(m, from);
	assert_true(n >= promised);
	assert_true(n >= from);
	assert_int_equal(map_close(m), ERR_OK);
	return n;
}

static void death_leaves_a_prefix_with_all_that_was_promised(void **state)
{
	(void)state;
	struct place p;
	place_make(&p, DISK);
	uint64_t seed = 20261124, n = 0;
	for (int i = 0; i < ROUNDS; i++) {
		p.config.commit_ms = i % 2 ? 20 : 60000; /* with and without commits of the committer's */
		n = one_round(&p, n, &seed);
	}
	print_message("%llu batches in %d lives\n", (unsigned long long)n, ROUNDS);
	assert_true(n > ROUNDS);
	place_remove(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(death_leaves_a_prefix_with_all_that_was_promised),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

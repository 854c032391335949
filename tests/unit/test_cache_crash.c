/* SPDX-License-Identifier: MIT
 * A child works on a map and dies at a random moment; what it was promised goes through a pipe. Afterwards the map must
 * hold exactly the first n batches for some n, and n must not be less than the last promise.
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

static void make_batch(struct batch *b, uint64_t n)
{
	static uint8_t value[131072]; /* one thread makes batches */
	uint8_t k[2];
	memset(value, (int)n, sizeof(value));
	memcpy(value, &n, 8);
	for (unsigned i = 0; i < 3; i++) {
		struct span key = slot_key(slot_of(n, i), k);
		if (deletes(n, i))
			batch_del(b, MAP_RECORDS, key);
		else
			batch_put(b, MAP_RECORDS, key, SPAN(value, length_of(n)));
	}
	if (n % 10 == 0)
		batch_put(b, MAP_BLOCK, SPAN("block", 5), SPAN(value, sizeof(value)));
	batch_put(b, MAP_STATE, span_str("n"), SPAN(value, 8));
}

static void *syncer(void *arg)
{
	struct worker *w = arg;
	for (;;) {
		uint64_t n = w->done;
		if (map_sync(w->m) || write(w->promises, &n, sizeof(n)) != sizeof(n))
			_exit(3);
	}
	return NULL;
}

static err_t note_entry(struct map_txn *x, uint64_t changeset, void *ctx)
{
	(void)ctx;
	return map_txn_put(x, MAP_QUEUE, span_str("changeset"), SPAN(&changeset, sizeof(changeset)));
}

/* step: one batch, in one of the ways there are. 0 or an exit code. */
static int step(struct worker *w, struct batch *b, uint64_t n)
{
	make_batch(b, n);
	uint64_t changeset;
	if (n % 97 == 0) {
		if (map_changeset_close(w->m, note_entry, NULL, &changeset))
			return 4;
		changeset = map_changeset(w->m);
		batch_put(b, MAP_QUEUE, span_str("changeset"), SPAN(&changeset, sizeof(changeset)));
		if (map_apply_changeset(w->m, b, NULL, NULL, &changeset))
			return 5;
	} else if (map_apply(w->m, b)) {
		return 6;
	}
	w->done = n;
	if (n % 41 == 0 && map_commit(w->m))
		return 7;
	if (n % 53 == 0 && map_changeset_close(w->m, note_entry, NULL, &changeset))
		return 8;
	return 0;
}

static void work(struct place *p, uint64_t from, int promises, uint64_t die_at)
{
	struct worker w = { .promises = promises, .done = from };
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

/* check: the state is that after batch n, all of it; returns n. */
static uint64_t check(struct map *m)
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
	e = map_get(m, MAP_QUEUE, span_str("changeset"), &v);
	assert_true(e == ERR_OK || e == ERR_NOTFOUND);
	assert_true(map_changeset(m) == (e ? 1 : le64(v.p) + 1)); /* what a cut wrote came with its closing */
	return n;
}

static uint64_t one_round(struct place *p, uint64_t from, uint64_t *seed)
{
	int fds[2];
	assert_int_equal(pipe(fds), 0);
	bool suicide = rnd(seed) % 3 == 0;
	uint64_t die_at = suicide ? from + 1 + rnd(seed) % 300 : UINT64_MAX;
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
	n = check(m);
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

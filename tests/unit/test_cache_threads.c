/* SPDX-License-Identifier: MIT
 * One writer, several readers, syncs, transactions and the committer at once: a reader never sees part of a batch, nor
 * of a transaction.
 */
#include "cache_util.h"

#include <sched.h>
#include <stdatomic.h>

#define GROUPS 8
#define MEMBERS 6

struct shared {
	struct map *m;
	atomic_bool stop;
	_Atomic unsigned scans, syncs, transactions, drains, turns;
	_Atomic uint64_t written;
	pthread_mutex_t tree; /* what a file system's freeze hook takes */
	uint64_t buffered;    /* tree; a write not applied yet */
};

static struct span member(unsigned g, unsigned i, uint8_t out[3])
{
	out[0] = (uint8_t)(i % 2 ? 2 : 1); /* a batch spans prefixes */
	out[1] = (uint8_t)g;
	out[2] = (uint8_t)i;
	return SPAN(out, 3);
}

static void apply_group(struct shared *s, struct batch *b, uint64_t n)
{
	uint8_t k[3];
	unsigned g = n % GROUPS, gone = n % MEMBERS;
	for (unsigned i = 0; i < MEMBERS; i++)
		if (i == gone) /* each batch leaves out another member */
			batch_del(b, MAP_RECORDS, member(g, i, k));
		else
			batch_put(b, MAP_RECORDS, member(g, i, k), SPAN(&n, sizeof(n)));
	assert_int_equal(map_apply(s->m, b), ERR_OK);
	s->written = n;
}

static void *writer(void *arg)
{
	struct shared *s = arg;
	cleanup(batch_freep) struct batch *b = batch_new();
	for (uint64_t n = 1; !s->stop; n++) {
		while (map_pressure(s->m) && !s->stop)
			usleep(100);
		guard(&s->tree);
		apply_group(s, b, n);
	}
	return NULL;
}

struct seen {
	uint64_t n[GROUPS];
	unsigned members[GROUPS];
};
static int look(void *ctx, struct span key, struct span value)
{
	struct seen *s = ctx;
	const uint8_t *k = key.p;
	uint64_t n;
	assert_int_equal(value.len, sizeof(n));
	memcpy(&n, value.p, sizeof(n));
	unsigned g = k[1];
	assert_true(s->members[g] == 0 || s->n[g] == n); /* all of one batch */
	assert_true(k[2] != n % MEMBERS);
	s->n[g] = n;
	s->members[g]++;
	return 0;
}

/* newest_of: of whole batches, the newest. */
static uint64_t newest_of(const struct seen *seen)
{
	uint64_t top = 0;
	for (unsigned g = 0; g < GROUPS; g++) {
		assert_true(seen->members[g] == 0 || seen->members[g] == MEMBERS - 1);
		top = MAX(top, seen->n[g]);
	}
	return top;
}

struct pair { /* what a transaction wrote, in two records */
	uint64_t n[2];
	unsigned seen;
};
static int look_at_pair(void *ctx, struct span key, struct span value)
{
	struct pair *p = ctx;
	(void)key;
	assert_true(p->seen < 2 && value.len == sizeof(p->n[0]));
	memcpy(&p->n[p->seen++], value.p, sizeof(p->n[0]));
	return 0;
}

/* pair_in: both or none, of one transaction; which one. */
static uint64_t pair_in(struct map *m)
{
	struct pair p = { 0 };
	assert_int_equal(map_scan(m, MAP_QUEUE, SPAN(NULL, 0), SPAN(NULL, 0), look_at_pair, &p), ERR_OK);
	assert_true(p.seen != 1 && p.n[0] == p.n[1]);
	return p.n[0];
}

static void *reader(void *arg)
{
	struct shared *s = arg;
	uint64_t newest = 0, newest_pair = 0;
	while (!s->stop) {
		struct seen seen = { 0 };
		uint64_t before = s->written, made = s->transactions;
		assert_int_equal(map_scan(s->m, MAP_RECORDS, SPAN(NULL, 0), SPAN(NULL, 0), look, &seen), ERR_OK);
		uint64_t top = newest_of(&seen), pair = pair_in(s->m);
		assert_true(top >= before && top >= newest); /* nothing goes back */
		assert_true(pair >= made && pair >= newest_pair);
		newest = top;
		newest_pair = pair;
		s->scans++;
	}
	return NULL;
}

static void *getter(void *arg)
{
	struct shared *s = arg;
	cleanup(buf_free) struct buf out = BUF_INIT;
	uint64_t last[GROUPS] = { 0 };
	for (unsigned i = 0; !s->stop; i++) {
		uint8_t k[3];
		unsigned g = i % GROUPS;
		err_t e = map_get(s->m, MAP_RECORDS, member(g, i % MEMBERS, k), &out);
		assert_true(e == ERR_OK || e == ERR_NOTFOUND);
		if (e)
			continue;
		uint64_t n;
		memcpy(&n, out.p, sizeof(n));
		assert_true(n >= last[g]);
		last[g] = n;
	}
	return NULL;
}

static void *syncer(void *arg)
{
	struct shared *s = arg;
	while (!s->stop) {
		assert_int_equal(map_sync(s->m), ERR_OK);
		s->syncs++;
	}
	return NULL;
}

/* Inside of a transaction is the base: whole batches, and all that was written before the call. */
struct inside {
	uint64_t before, newest, n;
};
static err_t look_inside(struct map_txn *x, void *ctx)
{
	struct inside *i = ctx;
	struct seen seen = { 0 };
	assert_int_equal(map_txn_scan(x, MAP_RECORDS, SPAN(NULL, 0), SPAN(NULL, 0), look, &seen), ERR_OK);
	uint64_t top = newest_of(&seen);
	assert_true(top >= i->before && top >= i->newest);
	i->newest = top;
	assert_int_equal(map_txn_put(x, MAP_QUEUE, span_str("first"), SPAN(&i->n, sizeof(i->n))), ERR_OK);
	assert_int_equal(map_txn_put(x, MAP_QUEUE, span_str("second"), SPAN(&i->n, sizeof(i->n))), ERR_OK);
	return i->n % 8 ? ERR_OK : ERR_CANCELED;
}

static void *transactor(void *arg)
{
	struct shared *s = arg;
	struct inside i = { .n = 1 };
	for (; !s->stop; i.n++) {
		i.before = s->written;
		assert_int_equal(map_transact(s->m, look_inside, &i), i.n % 8 ? ERR_OK : ERR_CANCELED);
		uint64_t made = i.n - (i.n % 8 == 0); /* the one that was refused is not there */
		assert_true(pair_in(s->m) == made);
		s->transactions = made;
	}
	return NULL;
}

static void enter(void *ctx)
{
	struct shared *s = ctx;
	pthread_mutex_lock(&s->tree);
}
static void leave(void *ctx)
{
	struct shared *s = ctx;
	pthread_mutex_unlock(&s->tree);
}
static void drained(void *ctx)
{
	struct shared *s = ctx;
	s->drains++;
}

/* turn: while all is stopped nobody writes, however long it takes. */
static err_t turn(void *ctx)
{
	struct shared *s = ctx;
	cleanup(batch_freep) struct batch *b = batch_new();
	uint64_t before = s->written;
	batch_put(b, MAP_STATE, span_str("turned at"), SPAN(&before, sizeof(before)));
	assert_int_equal(map_apply(s->m, b), ERR_OK);
	for (int i = 0; i < 10; i++)
		sched_yield();
	assert_true(s->written == before);
	s->turns++;
	return ERR_OK;
}
static void *turner(void *arg)
{
	struct shared *s = arg;
	while (!s->stop)
		assert_int_equal(map_stopped(s->m, turn, s), ERR_OK);
	return NULL;
}

static void together(enum kind kind)
{
	struct place p;
	place_make(&p, kind);
	p.config.commit_ms = 1;
	struct shared s = { .tree = PTHREAD_MUTEX_INITIALIZER };
	s.m = place_open(&p);
	map_on_freeze(s.m, &(struct map_freeze){ NULL, enter, leave, &s });
	map_on_drain(s.m, drained, &s);
	void *(*const mains[])(void *) = { writer, reader, reader, getter, syncer, syncer, transactor, turner };
	pthread_t t[ARRAY_LEN(mains)];
	for (size_t i = 0; i < ARRAY_LEN(mains); i++)
		assert_int_equal(pthread_create(&t[i], NULL, mains[i], &s), 0);
	sleep(1); /* how long they fight, not what orders them */
	for (int i = 0; i < 3000 && !(s.scans && s.syncs && s.transactions && s.drains && s.turns); i++)
		usleep(10000); /* a busy machine */
	s.stop = true;
	for (size_t i = 0; i < ARRAY_LEN(mains); i++)
		assert_int_equal(pthread_join(t[i], NULL), 0);
	map_on_drain(s.m, NULL, NULL);
	map_on_freeze(s.m, NULL);
	print_message("%u scans, %u syncs, %u transactions, %u drains, %u turns, %llu batches\n", s.scans, s.syncs,
	              s.transactions, s.drains, s.turns, (unsigned long long)s.written);
	assert_true(s.scans && s.syncs && s.transactions && s.drains && s.turns && s.written > GROUPS);
	uint64_t written = s.written;
	assert_int_equal(map_close(s.m), ERR_OK);
	if (kind == DISK) {
		struct seen seen = { 0 };
		s.m = place_open(&p);
		assert_int_equal(map_scan(s.m, MAP_RECORDS, SPAN(NULL, 0), SPAN(NULL, 0), look, &seen), ERR_OK);
		assert_true(seen.n[written % GROUPS] == written && newest_of(&seen) == written);
		assert_true(pair_in(s.m) == s.transactions);
		assert_int_equal(map_close(s.m), ERR_OK);
	}
	place_remove(&p);
}

static void a_reader_never_sees_half_a_batch(void **state)
{
	(void)state;
	together(FAKE);
	together(DISK);
}

/* The hook's buffered write must be part of what a sync, a transaction and a commit make durable. */
static void flush_on_enter(void *ctx)
{
	struct shared *s = ctx;
	pthread_mutex_lock(&s->tree);
	if (s->buffered) {
		cleanup(batch_freep) struct batch *b = batch_new();
		apply_group(s, b, s->buffered);
		s->buffered = 0;
	}
}

static void what_is_made_durable_takes_buffered_writes_along(void **state)
{
	(void)state;
	for (int kind = 0; kind < KINDS; kind++) {
		struct place p;
		place_make(&p, (enum kind)kind);
		struct shared s = { .tree = PTHREAD_MUTEX_INITIALIZER, .buffered = 9 };
		s.m = place_open(&p);
		map_on_freeze(s.m, &(struct map_freeze){ NULL, flush_on_enter, leave, &s });
		assert_int_equal(map_sync(s.m), ERR_OK);
		assert_true(s.written == 9);
		s.buffered = 10;
		struct inside i = { .before = 10, .n = 1 };
		assert_int_equal(map_transact(s.m, look_inside, &i), ERR_OK);
		assert_true(s.written == 10 && i.newest == 10);
		s.buffered = 11;
		assert_int_equal(map_commit(s.m), ERR_OK);
		assert_true(s.written == 11);
		struct map_stats st;
		map_stats(s.m, &st);
		assert_true(st.applied == st.committed);
		map_on_freeze(s.m, NULL);
		assert_int_equal(map_close(s.m), ERR_OK);
		place_remove(&p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_made_durable_takes_buffered_writes_along),
		cmocka_unit_test(a_reader_never_sees_half_a_batch),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

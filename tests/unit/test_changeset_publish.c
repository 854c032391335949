/* SPDX-License-Identifier: MIT
 * Closing, publishing in parts and delivering: beside tables in memory that say what must come of it, and with a crash
 * after each durable transaction.
 */
#include "cache/base_mem.h"
#include "changeset_util.h"
#include "vault/changeset/close.h"
#include "vault/changeset/deliver.h"
#include "vault/changeset/digest.h"
#include "vault/changeset/publish.h"
#include "vault/changeset/turn_back.h"
#include "vault/join/digest.h"

#include <sched.h>
#include <unistd.h>
#include <stdatomic.h>

#define DIGEST "digest" /* where the test keeps it, in MAP_STATE */

/* A device, and the same in tables. */
struct pair {
	struct place place;
	struct base *base; /* of the map, in memory */
	struct map *map;
	struct changeset *c;
	struct records published, closed, below;
	struct view view; /* of `below` */
	struct draft open;
	uint64_t n;
	unsigned crashes, turned;
	bool moving; /* the closed set is published in part */
};

static err_t digest_follows(void *ctx, const struct view *published, const struct records *changes, struct batch *b)
{
	struct pair *p = ctx;
	cleanup(buf_free) struct buf was = BUF_INIT;
	struct lthash h = { 0 };
	err_t e = map_get(p->map, MAP_STATE, span_str(DIGEST), &was);
	if (!e)
		memcpy(&h, was.p, sizeof(h));
	else if (e != ERR_NOTFOUND)
		return e;
	e = digest_change(&h, published, changes);
	if (!e)
		batch_put(b, MAP_STATE, span_str(DIGEST), SPAN(&h, sizeof(h)));
	return e;
}

static struct follow follow_of(struct pair *p)
{
	return (struct follow){ digest_follows, p };
}

static void same_digest(struct map *m, const struct records *published)
{
	cleanup(buf_free) struct buf kept = BUF_INIT;
	struct view v = records_view(published);
	struct lthash h = { 0 };
	ok(digest_state(&h, &v));
	err_t e = map_get(m, MAP_STATE, span_str(DIGEST), &kept);
	if (e == ERR_NOTFOUND)
		assert_int_equal(published->n, 0);
	else
		assert_true(!e && kept.len == sizeof(h) && !memcmp(kept.p, &h, sizeof(h)));
}

/* same_promise: what the closed set will make of the digest, also when a part of it is published already. */
static void same_promise(struct pair *p)
{
	cleanup(buf_free) struct buf kept = BUF_INIT;
	struct view v = records_view(&p->below);
	struct lthash now = { 0 }, then = { 0 };
	err_t e = map_get(p->map, MAP_STATE, span_str(DIGEST), &kept);
	if (!e)
		memcpy(&now, kept.p, sizeof(now));
	ok(changeset_digest(p->c, &now));
	ok(digest_state(&then, &v));
	assert_memory_equal(&now, &then, sizeof(now));
}

static void table_of(const struct view *v, struct records *out)
{
	collect(v, SPAN(NULL, 0), SPAN(NULL, 0), out);
}

/* same_shown: what is shown, without the look at each key that same_views takes. */
static void same_shown(struct pair *p, struct changeset *c)
{
	cleanup(records_free) struct records here = RECORDS_INIT, there = RECORDS_INIT;
	table_of(changeset_shown(c), &here);
	table_of(draft_view(&p->open), &there);
	same_tables(&here, &there);
}

/* counted: what a set says of its size. */
static void counted(struct said *s)
{
	cleanup(records_free) struct records in = RECORDS_INIT;
	struct said_size is = said_size(s);
	uint64_t bytes = 0;
	table_of(&s->view, &in);
	for (size_t i = 0; i < in.n; i++)
		bytes += in.v[i]->len + in.v[i]->value.len;
	assert_int_equal(is.keys, in.n);
	assert_int_equal(is.bytes, bytes);
}

/* same_open: what the open set says, and under which n. */
static void same_open(struct pair *p, struct changeset *c)
{
	cleanup(records_free) struct records said = RECORDS_INIT;
	counted(c->open);
	counted(c->closed);
	table_of(&c->open->view, &said);
	same_tables(&said, draft_records(&p->open));
	assert_true(changeset_n(c) == p->n);
}

/* -- a crash ----------------------------------------------------------------------------------------------------- */

/* finish: who comes after the crash publishes what is left. */
static void finish(struct pair *p, struct map *m, struct changeset *c)
{
	cleanup(records_free) struct records published = RECORDS_INIT;
	struct pair after = { .map = m };
	struct follow f = follow_of(&after);
	struct view v = published_view(m);
	err_t e = ERR_OK;
	while (!e)
		e = changeset_publish(c, 100, &f);
	assert_int_equal(e, ERR_NOTFOUND);
	table_of(&v, &published);
	same_tables(&published, &p->below);
	same_digest(m, &published);
	same_shown(p, c);
}

/* crash: the durable state is opened as after a power cut. All was durable when it was committed, so it is this one. */
static void crash(void *ctx)
{
	struct pair *p = ctx;
	cleanup(changeset_freep) struct changeset *c = NULL;
	struct place place = p->place;
	ok(base_mem_copy(p->base, &place.config.base));
	struct map *m = place_open(&place);
	ok(changeset_open(m, US, &c));
	same_shown(p, c);
	same_open(p, c);
	assert_true(c->lamport >= p->c->lamport);
	finish(p, m, c);
	same_open(p, c);
	changeset_freep(&c);
	ok(map_close(m));
	p->crashes++;
}

/* -- what a device does ------------------------------------------------------------------------------------------ */

static void begin(struct pair *p)
{
	*p = (struct pair){ .n = 1 };
	place_make(&p->place, FAKE);
	p->place.config.commit_ms = 1000000;
	ok(base_mem_open(&p->base));
	struct place place = p->place;
	place.config.base = p->base;
	p->map = place_open(&place);
	ok(changeset_open(p->map, US, &p->c));
	p->view = records_view(&p->below);
	draft_begin(&p->open, &p->view);
}

static void end(struct pair *p)
{
	base_mem_on_commit(p->base, &(struct base_mem_hook){ 0 });
	changeset_freep(&p->c);
	ok(map_close(p->map));
	draft_end(&p->open);
	records_free(&p->published);
	records_free(&p->closed);
	records_free(&p->below);
}

static void commit(struct pair *p)
{
	base_mem_on_commit(p->base, &(struct base_mem_hook){ NULL, crash, p });
	ok(map_commit(p->map));
	base_mem_on_commit(p->base, &(struct base_mem_hook){ 0 });
}

static void operate(struct pair *p, uint64_t *seed)
{
	cleanup(batch_freep) struct batch *b = batch_new();
	struct operation o;
	operation_begin(&o, p->c);
	for (unsigned i = 1 + pick(seed, 3); i; i--) {
		uint64_t again = *seed;
		struct stamp at = changeset_tick(p->c);
		ok(say_something(&again, &p->open, at));
		ok(say_something(seed, &o.draft, at));
	}
	ok(operation_apply(&o, b));
	operation_end(&o);
}

/* operate_alone: on the map, without tables beside it. */
static void operate_alone(struct changeset *c, uint64_t *seed)
{
	cleanup(batch_freep) struct batch *b = batch_new();
	struct operation o;
	operation_begin(&o, c);
	ok(say_something(seed, &o.draft, changeset_tick(c)));
	ok(operation_apply(&o, b));
	operation_end(&o);
}

/* reopen: the open changeset over what is below now. */
static void reopen(struct pair *p, const struct records *said)
{
	draft_end(&p->open);
	draft_begin(&p->open, &p->view);
	ok(records_add_all(&p->open.records, said));
	ok(join_apply(&p->view, said, &p->open.over.changes));
}

static void turn_over(struct pair *p)
{
	bool empty = said_empty(p->c->closed); /* one that was turned back whole is not, until it is published */
	err_t e = changeset_close(p->c, NULL);
	if (!empty) {
		assert_int_equal(e, ERR_BUSY);
		return;
	}
	if (!draft_records(&p->open)->n) {
		assert_int_equal(e, ERR_NOTFOUND);
		return;
	}
	ok(e);
	p->n++;
	p->moving = false;
	ok(records_add_all(&p->closed, draft_records(&p->open)));
	ok(join_into(&p->below, &p->closed));
	cleanup(records_free) struct records none = RECORDS_INIT;
	reopen(p, &none);
}

static void publish(struct pair *p, uint64_t *seed)
{
	struct follow f = follow_of(p);
	same_promise(p);
	p->moving = true;
	err_t e = changeset_publish(p->c, 1 + pick(seed, 200), &f);
	if (e == ERR_NOTFOUND) {
		ok(join_into(&p->published, &p->closed));
		records_free(&p->closed);
		cleanup(records_free) struct records published = RECORDS_INIT;
		struct view v = published_view(p->map);
		table_of(&v, &published);
		same_tables(&published, &p->published);
		same_digest(p->map, &published);
		return;
	}
	ok(e);
}

/* turn_back: what does not stay closed is open again, and what is shown is the same. */
static void turn_back(struct pair *p, uint64_t *seed)
{
	cleanup(records_free) struct records before = RECORDS_INIT, after = RECORDS_INIT, open = RECORDS_INIT;
	struct turn_back t = { .most = { .keys = pick(seed, 6), .bytes = pick(seed, 2000) } };
	bool any = false;
	if (!p->closed.n || p->moving)
		return;
	table_of(changeset_shown(p->c), &before);
	ok(changeset_turn_back(p->c, &t, &any));
	table_of(changeset_shown(p->c), &after);
	same_tables(&after, &before);
	p->turned += any;
	records_free(&p->closed);
	table_of(&p->c->closed->view, &p->closed);
	size_t inodes = 0;
	for (size_t i = 0; i < p->closed.n; i++)
		inodes += p->closed.v[i]->key[0] <= SHARED_XATTR;
	assert_true(!inodes || p->closed.n <= t.most.keys);
	records_free(&p->below);
	ok(records_add_all(&p->below, &p->published));
	ok(join_into(&p->below, &p->closed));
	table_of(&p->c->open->view, &open);
	reopen(p, &open);
}

/* deliver: what somebody says over what is published here, without what is said here. */
static void deliver(struct pair *p, uint64_t *seed)
{
	if (p->closed.n)
		return; /* as the engine: nothing between a close and its commit */
	struct view published = records_view(&p->published);
	struct follow f = follow_of(p);
	struct draft d;
	uint64_t lamport = p->c->lamport + pick(seed, 10);
	draft_begin(&d, &published);
	for (unsigned i = 1 + pick(seed, 8); i; i--)
		ok(say_something(seed, &d, (struct stamp){ ++lamport, THEM, p->n }));
	cleanup(records_free) struct records open = RECORDS_INIT;
	ok(changeset_deliver(p->c, &(struct delivery){ draft_records(&d), lamport, &f, NULL }));
	assert_true(p->c->lamport >= lamport);
	ok(join_into(&p->published, draft_records(&d)));
	ok(join_into(&p->below, draft_records(&d)));
	ok(records_add_all(&open, draft_records(&p->open)));
	reopen(p, &open);
	draft_end(&d);
}

static void one_round(uint64_t *seed, unsigned *crashes, unsigned *turned)
{
	struct pair p;
	begin(&p);
	for (unsigned i = 0; i < 60; i++) {
		switch (pick(seed, 10)) {
		case 0:
			turn_over(&p);
			break;
		case 1:
			deliver(&p, seed);
			break;
		case 2:
		case 3:
			publish(&p, seed);
			break;
		case 4:
		case 5:
			turn_back(&p, seed);
			break;
		default:
			operate(&p, seed);
		}
		same_shown(&p, p.c);
		same_open(&p, p.c);
		if (one_in(seed, 2))
			commit(&p);
	}
	same_views(changeset_shown(p.c), draft_view(&p.open), seed);
	*crashes += p.crashes;
	*turned += p.turned;
	end(&p);
}

static void whatever_comes_between_all_is_as_in_tables(void **state)
{
	(void)state;
	uint64_t seed = random_seed();
	unsigned crashes = 0, turned = 0;
	for (unsigned i = random_rounds(14, 1500); i; i--)
		one_round(&seed, &crashes, &turned);
	print_message("%u crashes, %u sets were turned back\n", crashes, turned);
	assert_true(crashes > 100 && turned > 0);
}

/* -- readers beside it ------------------------------------------------------------------------------------------- */

struct reading {
	struct changeset *c;
	const struct records *want;
	atomic_bool stop;
	_Atomic unsigned looks, wrong;
};

static bool reads_as(const struct view *v, const struct records_entry *x)
{
	cleanup(buf_free) struct buf value = BUF_INIT;
	return !v->get(v->ctx, records_key(x), &value) && !span_cmp(buf_span(&value), buf_span(&x->value));
}

static void look_at_one(struct reading *r, size_t i)
{
	cleanup(records_free) struct records here = RECORDS_INIT, there = RECORDS_INIT;
	struct view want = records_view(r->want);
	const struct view *v = changeset_shown(r->c);
	struct span key = records_key(r->want->v[i]), prefix = SPAN(key.p, MIN(key.len, 9));
	err_t e = v->scan(v->ctx, prefix, SPAN(NULL, 0), add_to_table, &here);
	if (!e)
		e = want.scan(want.ctx, prefix, SPAN(NULL, 0), add_to_table, &there);
	r->wrong += e || !same_records(&here, &there) || !reads_as(v, r->want->v[i]);
	r->looks++;
}

static void *reader(void *arg)
{
	struct reading *r = arg;
	for (size_t i = 0; !r->stop; i++) {
		cleanup(records_free) struct records all = RECORDS_INIT;
		const struct view *v = changeset_shown(r->c);
		look_at_one(r, i * 7 % r->want->n);
		usleep(20); /* whoever publishes wants the lock, too */
		if (i % 16)
			continue;
		r->wrong += v->scan(v->ctx, SPAN(NULL, 0), SPAN(NULL, 0), add_to_table, &all) != ERR_OK;
		r->wrong += !same_records(&all, r->want);
	}
	return NULL;
}

/* fill: many files with versions, half of them of a changeset that is closed and one that is open. */
static void fill(struct pair *p, uint64_t *seed)
{
	struct follow f = follow_of(p);
	struct draft d;
	draft_begin(&d, NULL);
	for (unsigned i = 0; i < 400; i++)
		ok(say_something(seed, &d, at(1 + i, THEM)));
	ok(changeset_deliver(p->c, &(struct delivery){ draft_records(&d), 500, &f }));
	draft_end(&d);
	for (unsigned i = 0; i < 100; i++)
		operate_alone(p->c, seed);
	ok(changeset_close(p->c, NULL));
	for (unsigned i = 0; i < 100; i++)
		operate_alone(p->c, seed);
}

static void readers_see_the_same_while_parts_are_published(void **state)
{
	(void)state;
	uint64_t seed = random_seed();
	for (unsigned round = random_rounds(10, 300); round; round--) {
		cleanup(records_free) struct records want = RECORDS_INIT;
		struct pair p;
		pthread_t t[2];
		begin(&p);
		fill(&p, &seed);
		table_of(changeset_shown(p.c), &want);
		struct reading r = { .c = p.c, .want = &want };
		for (size_t i = 0; i < ARRAY_LEN(t); i++)
			assert_int_equal(pthread_create(&t[i], NULL, reader, &r), 0);
		err_t e = ERR_OK;
		while (!r.looks)
			sched_yield();
		while (!e) {
			unsigned looks = r.looks;
			for (unsigned i = 0; i < 1000 && r.looks == looks; i++)
				sched_yield();
			e = changeset_publish(p.c, 1, NULL);
		}
		r.stop = true;
		for (size_t i = 0; i < ARRAY_LEN(t); i++)
			assert_int_equal(pthread_join(t[i], NULL), 0);
		assert_int_equal(e, ERR_NOTFOUND);
		assert_true(r.looks > 0);
		assert_int_equal(r.wrong, 0);
		end(&p);
	}
}

/* say_many: more keys than are read at once; those of one inode are far apart, and some have no INODE. */
static void say_many(struct changeset *c, uint64_t *seed)
{
	cleanup(batch_freep) struct batch *b = batch_new();
	struct operation o;
	operation_begin(&o, c);
	for (uint64_t ino = 100; ino < 700; ino++) {
		struct stamp at = changeset_tick(c);
		ok(say_xattr(seed, &o.draft, ino, at));
		if (ino % 3)
			ok(say_file(seed, &o.draft, ino, at));
		if (ino % 5)
			ok(say_other(seed, &o.draft, ino, at));
	}
	ok(operation_apply(&o, b));
	operation_end(&o);
}

static void the_digest_of_a_large_set_is_known_before(void **state)
{
	(void)state;
	cleanup(buf_free) struct buf kept = BUF_INIT;
	uint64_t seed = random_seed();
	struct pair p;
	struct lthash h = { 0 };
	begin(&p);
	struct follow f = follow_of(&p);
	say_many(p.c, &seed);
	ok(changeset_close(p.c, NULL));
	ok(changeset_digest(p.c, &h));
	err_t e = ERR_OK;
	while (!e)
		e = changeset_publish(p.c, PUBLISH_PART, &f);
	ok(map_get(p.map, MAP_STATE, span_str(DIGEST), &kept));
	assert_memory_equal(&h, kept.p, sizeof(h));
	end(&p);
}

/* -- closing ----------------------------------------------------------------------------------------------------- */

static void say_mode(struct changeset *c, uint64_t ino)
{
	cleanup(batch_freep) struct batch *b = batch_new();
	cleanup(buf_free) struct buf mode = BUF_INIT;
	struct operation o;
	attr_put_mode(&mode, &(struct attr_mode){ .permissions = 0600 });
	operation_begin(&o, c);
	ok(draft_put_attr(&o.draft, ino, ATTR_MODE, changeset_tick(c), buf_span(&mode)));
	ok(operation_apply(&o, b));
	operation_end(&o);
}

struct last {
	err_t answer;
	unsigned stopped;
	struct changeset *c;
};
static err_t last_words(void *ctx, struct changeset *c, struct batch *b)
{
	struct last *l = ctx;
	say_mode(c, 11);
	batch_put(b, MAP_STATE, span_str("beside"), span_str("1"));
	return l->answer;
}
static void stop_enter(void *ctx)
{
	struct last *l = ctx;
	if (l->c)
		say_mode(l->c, 12); /* what was buffered */
	l->c = NULL;
	l->stopped++;
}

static void what_is_buffered_and_the_last_words_are_closed_with_the_rest(void **state)
{
	(void)state;
	cleanup(changeset_freep) struct changeset *c = NULL;
	cleanup(records_free) struct records closed = RECORDS_INIT;
	struct place place;
	place_make(&place, DISK);
	place.config.commit_ms = 1000000; /* the hook is called by the close alone */
	struct map *m = place_open(&place);
	ok(changeset_open(m, US, &c));
	struct last l = { .answer = ERR_NOSPACE, .c = c };
	map_on_freeze(m, &(struct map_freeze){ NULL, stop_enter, NULL, &l });
	assert_int_equal(changeset_close(c, &(struct closing){ last_words, &l }), ERR_NOSPACE);
	assert_true(l.stopped == 1 && changeset_n(c) == 1 && said_empty(c->closed));
	assert_int_equal(map_has(m, MAP_STATE, span_str("beside")), ERR_NOTFOUND);
	l.answer = ERR_OK;
	ok(changeset_close(c, &(struct closing){ last_words, &l }));
	assert_true(changeset_n(c) == 2 && said_empty(c->open));
	ok(map_has(m, MAP_STATE, span_str("beside")));
	table_of(&c->closed->view, &closed);
	assert_int_equal(closed.n, 2);
	say_mode(c, 13);
	assert_int_equal(changeset_close(c, NULL), ERR_BUSY);
	map_on_freeze(m, NULL);
	ok(map_sync(m));
	changeset_freep(&c);
	ok(map_close(m));
	m = place_open(&place); /* the next mount */
	ok(changeset_open(m, US, &c));
	assert_true(changeset_n(c) == 2 && !said_empty(c->open) && !said_empty(c->closed));
	assert_int_equal(changeset_tick(c).n, 2);
	changeset_freep(&c);
	ok(map_close(m));
	place_remove(&place);
}

static void what_was_dropped_again_is_not_closed(void **state)
{
	(void)state;
	struct pair p;
	begin(&p);
	say_mode(p.c, 10);
	cleanup(batch_freep) struct batch *b = batch_new();
	struct operation o;
	operation_begin(&o, p.c);
	ok(draft_drop_inode(&o.draft, 10));
	ok(operation_apply(&o, b));
	operation_end(&o);
	assert_int_equal(changeset_close(p.c, NULL), ERR_NOTFOUND);
	assert_true(changeset_n(p.c) == 1);
	end(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whatever_comes_between_all_is_as_in_tables),
		cmocka_unit_test(readers_see_the_same_while_parts_are_published),
		cmocka_unit_test(the_digest_of_a_large_set_is_known_before),
		cmocka_unit_test(what_is_buffered_and_the_last_words_are_closed_with_the_rest),
		cmocka_unit_test(what_was_dropped_again_is_not_closed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

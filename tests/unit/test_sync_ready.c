/* SPDX-License-Identifier: MIT
 * Which commits may be applied: all histories of small worlds in all orders of arrival; larger ones by chance, with
 * commits that come twice, are refused, branch, or find no room.
 */
#include "sync/deliver/ready.h"
#include "util/cleanup.h"
#include "vault/join/varint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#define ok(e) assert_int_equal(e, ERR_OK)
#define COMMITS 64
#define DEVICES 6

/* A commit of a world; what it stands on, by their numbers in the world. */
struct made {
	struct arrival w; /* as it comes here */
	struct position entries[DEVICES + COMMITS];
	int before;      /* n - 1; -1: none */
	uint64_t causes; /* all, itself too, as bits */
	uint64_t lamport;
	bool refused; /* by its own bytes */
};
struct world {
	struct made c[COMMITS];
	size_t n;
	uint64_t applied; /* bits */
	size_t full;      /* how often there was no room */
	struct room room;
};

static int number_of(const struct world *w, struct position p)
{
	for (size_t i = 0; i < w->n; i++)
		if (position_cmp(w->c[i].w.at, p) == 0)
			return (int)i;
	return -1;
}

static err_t world_find(void *ctx, struct position p, struct past_commit *ret)
{
	const struct world *w = ctx;
	int i = number_of(w, p);
	if (i < 0 || !(w->applied >> i & 1))
		return ERR_NOTFOUND;
	if (!ret)
		return ERR_OK;
	const struct made *c = &w->c[i];
	*ret = (struct past_commit){ .previous = c->w.previous, .lamport = c->lamport, .rules = 1, .epoch = 1 };
	return vv_replace(&ret->vv, &c->w.entries);
}

static void world_drop(void *ctx, struct arrival *w)
{
	(void)ctx, (void)w;
}

static void world_begin(struct world *w)
{
	w->applied = 0;
	w->full = 0;
	w->room = (struct room){ .drop = world_drop, .max = w->room.max, .most = w->room.most };
}

/* -- making worlds ----------------------------------------------------------------------------------------------- */

/* ends_of: of a stream, what is in `bits` and nothing in it stands on. */
static size_t ends_of(const struct world *w, uint64_t bits, uint64_t stream, struct position *out)
{
	size_t n = 0;
	for (size_t i = 0; i < w->n; i++) {
		bool end = bits >> i & 1 && w->c[i].w.at.stream == stream;
		for (size_t k = 0; end && k < w->n; k++)
			end = !(bits >> k & 1 && w->c[k].before == (int)i);
		if (end)
			out[n++] = w->c[i].w.at;
	}
	return n;
}

static int cmp(const void *a, const void *b)
{
	return position_cmp(*(const struct position *)a, *(const struct position *)b);
}

/* make: a commit of `stream` after `before`, whose author has applied `seen` (causally closed) as well. */
static size_t make(struct world *w, uint64_t stream, int before, uint64_t seen)
{
	struct made *c = &w->c[w->n];
	uint64_t had = before < 0 ? 0 : w->c[before].causes;
	*c = (struct made){ .before = before, .causes = had | seen | UINT64_C(1) << w->n };
	c->w.at = (struct position){ stream, before < 0 ? 1 : w->c[before].w.at.n + 1, ID_ZERO };
	c->w.at.hash.b[0] = (uint8_t)(1 + w->n);
	c->w.previous = before < 0 ? ID_ZERO : w->c[before].w.at.hash;
	c->w.entries.v = c->entries;
	c->w.bytes = 10;
	for (size_t i = 0; i < w->n; i++)
		if (c->causes >> i & 1)
			c->lamport = c->lamport > w->c[i].lamport ? c->lamport : w->c[i].lamport;
	c->lamport++;
	for (uint64_t s = 1; s <= DEVICES; s++) {
		struct position was[COMMITS], now[COMMITS];
		size_t k = ends_of(w, had, s, was), n = ends_of(w, had | seen, s, now);
		if (s == stream || (k == n && !memcmp(was, now, n * sizeof(*now))))
			continue;
		memcpy(c->entries + c->w.entries.n, now, n * sizeof(*now));
		c->w.entries.n += n;
	}
	qsort(c->entries, c->w.entries.n, sizeof(*c->entries), cmp);
	return w->n++;
}

/* -- what must hold ---------------------------------------------------------------------------------------------- */

/* good_of: of those that came, what may be applied: nothing refused below it, and all below it came. */
static uint64_t good_of(const struct world *w, uint64_t came)
{
	uint64_t good = 0;
	for (size_t i = 0; i < w->n; i++) {
		bool fine = (w->c[i].causes & ~came) == 0;
		for (size_t k = 0; fine && k < w->n; k++)
			fine = !(w->c[i].causes >> k & 1 && w->c[k].refused);
		good |= (uint64_t)fine << i;
	}
	return good;
}

static void check_basis(struct world *w, const struct made *c)
{
	struct past past = { world_find, w };
	cleanup(past_basis_free) struct past_basis b = { 0 };
	cleanup(vv_free) struct vv want = { 0 };
	struct claim claim = { c->w.at, c->w.previous, &c->w.entries, 1 };
	uint64_t lamport = 0;
	for (uint64_t s = 1; s <= DEVICES; s++) {
		struct position ends[COMMITS];
		struct vv more = { .v = ends, .n = ends_of(w, c->causes, s, ends) };
		if (s == c->w.at.stream)
			more = (struct vv){ .v = (struct position *)&c->w.at, .n = 1 };
		qsort(ends, more.n, more.v == ends ? sizeof(*ends) : 0, cmp);
		ok(vv_replace(&want, &more));
	}
	for (size_t i = 0; i < w->n; i++)
		if (c->causes >> i & 1 && &w->c[i] != c && w->c[i].lamport > lamport)
			lamport = w->c[i].lamport;
	ok(past_basis_of(&past, &claim, &b));
	assert_int_equal(b.vv.n, want.n);
	for (size_t i = 0; i < want.n; i++)
		assert_int_equal(position_cmp(b.vv.v[i], want.v[i]), 0);
	assert_true(b.lamport == lamport && b.epoch == 1 && b.rules == (lamport ? 1 : 0));
}

/* apply: everything it stands on is applied. */
static void apply(struct world *w, struct arrival *x, bool basis)
{
	int i = number_of(w, x->at);
	struct made *c = &w->c[i];
	uint64_t below = c->causes & ~(UINT64_C(1) << i);
	assert_true((below & ~w->applied) == 0 && !(w->applied >> i & 1));
	if (basis)
		check_basis(w, c);
	if (c->refused) {
		ok(room_refuse(&w->room, x->at));
		return;
	}
	w->applied |= UINT64_C(1) << i;
	room_applied(&w->room, x->at);
}

/* arrive: false: no room. */
static bool arrive(struct world *w, size_t i, bool basis)
{
	struct past past = { world_find, w };
	struct arrival *x = &w->c[i].w;
	enum ready what;
	if (w->applied >> i & 1 || room_has(&w->room, x->at))
		return true;
	ok(room_put(&w->room, &past, x, &what));
	w->full += what == READY_FULL;
	if (what == READY_NOW)
		apply(w, x, basis);
	struct arrival *next = x;
	while (next && (what == READY_NOW || what == READY_NEVER)) {
		next = NULL;
		ok(room_next(&w->room, &past, &next));
		if (next)
			apply(w, next, basis);
	}
	return what != READY_FULL;
}

/* check: what was applied is all that may be, and the rest waits or is refused. */
static void check(const struct world *w, uint64_t came)
{
	uint64_t good = good_of(w, came), bytes = 0;
	assert_true(w->applied == good);
	for (const struct arrival *x = w->room.first; x; x = x->next) {
		int i = number_of(w, x->at);
		assert_true(!(good >> i & 1) && came >> i & 1 && x->lacks.n);
		bytes += x->bytes;
	}
	assert_int_equal(w->room.bytes, bytes);
}

/* -- small worlds, all of them ----------------------------------------------------------------------------------- */

struct tally {
	size_t worlds, orders;
	size_t turn, every; /* so many of the orders are tried: READY_ALL=1: all */
};

/* orders: every order of what has not come yet. */
static void orders(struct world *w, size_t *order, size_t at, struct tally *t)
{
	for (size_t i = at; i < w->n; i++) {
		size_t x = order[i];
		order[i] = order[at];
		order[at] = x;
		orders(w, order, at + 1, t);
		order[at] = order[i];
		order[i] = x;
	}
	if (at < w->n || t->turn++ % t->every)
		return;
	uint64_t came = 0;
	world_begin(w);
	for (size_t i = 0; i < w->n; i++) {
		assert_true(arrive(w, order[i], t->orders % 101 == 0));
		came |= UINT64_C(1) << order[i];
		check(w, came);
	}
	assert_true(w->room.n == 0 || w->room.refused.n || good_of(w, came) != came);
	room_free(&w->room);
	t->orders++;
}

/* world_done: as it is, and with each of its commits refused. */
static void world_done(struct world *w, struct tally *t)
{
	size_t order[COMMITS];
	for (size_t bad = 0; bad <= w->n; bad++) {
		for (size_t i = 0; i < w->n; i++) {
			w->c[i].refused = i + 1 == bad;
			order[i] = i;
		}
		if (bad && t->worlds % 7)
			continue;
		orders(w, order, 0, t);
	}
	t->worlds++;
}

struct plan {
	size_t devices, commits;
	int last[DEVICES + 1]; /* newest commit of each stream so far, -1 */
	size_t count[DEVICES + 1];
};

/* each_seen: with each closed set of others' commits that the author may have applied. */
static void grow(struct world *w, struct plan *p, struct tally *t);

static void grow_one(struct world *w, struct plan *p, uint64_t stream, uint64_t seen, struct tally *t)
{
	int before = p->last[stream];
	uint64_t had = before < 0 ? 0 : w->c[before].causes;
	for (size_t i = 0; i < w->n; i++)
		if (seen >> i & 1 && (w->c[i].causes & ~seen & ~had))
			return; /* not closed */
	if (seen & had)
		return; /* said already */
	p->last[stream] = (int)make(w, stream, before, seen);
	p->count[stream]++;
	grow(w, p, t);
	w->n--;
	p->count[stream]--;
	p->last[stream] = before;
}

/* grow: commits are made in some order; of worlds that differ only in it, one is enough: the order by streams where
 * nothing was seen. */
static void grow(struct world *w, struct plan *p, struct tally *t)
{
	if (w->n == p->devices * p->commits) {
		world_done(w, t);
		return;
	}
	for (uint64_t s = 1; s <= p->devices; s++) {
		bool later = w->n && w->c[w->n - 1].w.at.stream > s;
		for (uint64_t seen = 0; p->count[s] < p->commits && seen < UINT64_C(1) << w->n; seen++)
			if (!later || seen >> (w->n - 1) & 1)
				grow_one(w, p, s, seen, t);
	}
}

static void all_small_worlds(void **state)
{
	static const size_t sizes[][2] = { { 2, 1 }, { 2, 2 }, { 2, 3 }, { 3, 1 }, { 3, 2 } };
	struct world *w = calloc(1, sizeof(*w));
	(void)state;
	assert_non_null(w);
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		struct plan p = { .devices = sizes[i][0],
			          .commits = sizes[i][1],
			          .last = { -1, -1, -1, -1, -1, -1, -1 } };
		/* 3 * 2: an odd number, so that it is another order each time */
		struct tally t = { .every = i == 4 && !getenv("READY_ALL") ? 11 : 1 };
		grow(w, &p, &t);
		print_message("%zu devices, %zu commits each: %zu histories, %zu orders\n", p.devices, p.commits,
		              t.worlds, t.orders);
		assert_true(t.worlds > 0);
	}
	free(w);
}

/* -- larger ones ------------------------------------------------------------------------------------------------- */

static uint64_t rnd(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407;
	return *seed >> 33;
}

/* random_world: devices that apply what they like of what is there; one of them goes on from an older commit of its
 * own now and then, when branches are wanted. */
static void random_world(struct world *w, uint64_t *seed, bool branches)
{
	uint64_t has[DEVICES + 1] = { 0 };
	int last[DEVICES + 1];
	size_t devices = 2 + rnd(seed) % (DEVICES - 1);
	memset(last, -1, sizeof(last));
	for (w->n = 0; w->n < COMMITS;) {
		uint64_t s = 1 + rnd(seed) % devices;
		for (size_t k = rnd(seed) % 4; k && w->n; k--) {
			size_t i = rnd(seed) % w->n;
			has[s] |= w->c[i].w.at.stream == s ? 0 : w->c[i].causes;
		}
		int before = last[s];
		if (branches && s == 1 && before > 0 && rnd(seed) % 3 == 0)
			while (before >= 0 && rnd(seed) % 2)
				before = w->c[before].before;
		for (size_t i = 0; i < w->n; i++) /* of its own stream only what leads to it */
			if (w->c[i].w.at.stream == s && !(before >= 0 && w->c[before].causes >> i & 1))
				for (size_t k = 0; k < w->n; k++)
					has[s] &= w->c[k].causes >> i & 1 ? ~(UINT64_C(1) << k) : ~UINT64_C(0);
		if (before >= 0 && w->c[before].causes & ~has[s])
			has[s] |= w->c[before].causes;
		size_t i = make(w, s, before, has[s]);
		w->c[i].refused = false;
		has[s] = w->c[i].causes;
		last[s] = (int)i;
	}
}

static void some_refused(struct world *w, uint64_t *seed)
{
	for (size_t i = 0; i < w->n; i++)
		w->c[i].refused = rnd(seed) % 30 == 0;
}

/* in_some_order: each comes once or more; what found no room comes again when something was applied. */
static void in_some_order(struct world *w, uint64_t *seed)
{
	uint64_t came = 0, all = w->n == 64 ? ~UINT64_C(0) : (UINT64_C(1) << w->n) - 1;
	world_begin(w);
	for (size_t steps = 0; came != all; steps++) {
		size_t i = rnd(seed) % w->n;
		if (arrive(w, i, true))
			came |= UINT64_C(1) << i;
		if (!w->room.max && !w->room.most)
			check(w, came);
		assert_true(!w->room.most || w->room.n <= w->room.most);
		assert_true(steps < 100000);
	}
	assert_true(w->applied == good_of(w, all));
	assert_true(w->room.max == 0 || w->room.bytes <= w->room.max);
}

static void larger_worlds(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	const char *given = getenv("READY_SEED");
	uint64_t first = given ? strtoull(given, NULL, 10) : 1, full = 0;
	(void)state;
	assert_non_null(w);
	for (uint64_t i = first; i < first + (given ? 1 : 1000); i++) {
		uint64_t seed = i;
		random_world(w, &seed, i % 2);
		if (i % 3 == 0)
			some_refused(w, &seed);
		w->room.max = i % 5 == 0 ? 40 : 0;
		w->room.most = i % 7 == 0 ? 3 : 0;
		in_some_order(w, &seed);
		full += w->full;
		room_free(&w->room);
	}
	assert_true(full > 0);
	free(w);
}

/* -- what is remembered ------------------------------------------------------------------------------------------ */

static bool is_turned(const struct world *w, struct position p)
{
	return room_turned(&w->room, p.stream, p.n, &p.hash);
}

/* full: two commits wait for others, and there is room for one. */
static void full(struct world *w)
{
	enum ready what;
	struct past past = { world_find, w };
	world_begin(w);
	w->room.most = 1;
	w->n = 2;
	for (unsigned i = 0; i < 2; i++) {
		struct made *c = &w->c[i];
		*c = (struct made){ .before = -1, .causes = UINT64_C(1) << i };
		c->entries[0] = (struct position){ 7 + i, 1, { { 9 } } };
		c->w = (struct arrival){ .at = { 1 + i, 1, { { 1 } } }, .entries = { c->entries, 1, 1 }, .bytes = 10 };
		ok(room_put(&w->room, &past, &c->w, &what));
		assert_int_equal(what, i ? READY_FULL : READY_LATER);
	}
	assert_true(is_turned(w, w->c[1].w.at) && !is_turned(w, w->c[0].w.at));
}

static void what_found_no_room_is_not_asked_for_in_vain(void **state)
{
	(void)state;
	static struct world w;
	for (unsigned how = 0; how < 6; how++) {
		full(&w);
		struct position at = w.c[1].w.at;
		assert_true(room_turned(&w.room, at.stream, at.n, NULL) && !room_turned(&w.room, at.stream, 2, NULL));
		if (how == 0)
			room_applied(&w.room, w.c[0].entries[0]); /* which another lacks */
		else if (how == 1)
			room_applied(&w.room, w.c[1].entries[0]);
		else if (how == 2)
			ok(room_refuse(&w.room, w.c[1].entries[0]));
		else if (how == 3)
			room_drop(&w.room, w.c[0].w.at.stream); /* so there is room */
		else if (how == 4)
			room_again(&w.room);
		else
			at.hash.b[0] = 2;
		assert_int_equal(is_turned(&w, at), how == 0);
		room_free(&w.room);
	}
}

static void remembered_and_read_again(void **state)
{
	struct position p[] = { { 3, 4, { { 1 } } }, { 5, 6, { { 2 } } } };
	struct past_commit c = {
		.previous = { { 7 } }, .lamport = 8, .rules = 1, .epoch = 2, .parts = 3, .whole = true
	};
	cleanup(past_commit_free) struct past_commit back = { 0 };
	cleanup(buf_free) struct buf b = BUF_INIT;
	(void)state;
	c.vv = (struct vv){ .v = p, .n = 2 };
	ok(past_encode(&c, &b));
	ok(past_decode(buf_span(&b), &back));
	assert_true(id_eq(back.previous, c.previous) && back.lamport == 8 && back.rules == 1 && back.epoch == 2);
	assert_int_equal(back.parts, 3);
	assert_true(back.whole && back.vv.n == 2 && position_cmp(back.vv.v[1], p[1]) == 0);
	for (size_t i = 0; i < b.len; i++) {
		struct past_commit bad = { 0 };
		assert_int_equal(past_decode(SPAN(b.p, i), &bad), ERR_DAMAGED);
	}
	b.p[0]++;
	assert_int_equal(past_decode(buf_span(&b), &back), ERR_VERSION);
}

/* A stream of which the map has all of vv(C) only at some commits, and of older ones nothing. */
struct row {
	uint64_t first; /* remembered */
};

static err_t row_find(void *ctx, struct position p, struct past_commit *ret)
{
	const struct row *r = ctx;
	struct position other = { 9, p.n, ID_ZERO };
	if (p.stream != 7 || p.n > 200)
		return ERR_NOTFOUND;
	if (!ret || p.n < r->first)
		return ERR_OK;
	*ret = (struct past_commit){ .previous = { { (uint8_t)(p.n - 1) } }, .lamport = p.n, .epoch = 1 };
	ret->whole = p.n % PAST_WHOLE_EVERY == 0;
	if (p.n == 1)
		ret->previous = ID_ZERO;
	if (!ret->whole)
		return vv_add(&ret->vv, other, &(struct vv_order){ 0 });
	err_t e = vv_add(&ret->vv, p, &(struct vv_order){ 0 });
	return e ? e : vv_add(&ret->vv, other, &(struct vv_order){ 0 });
}

static void back_to_the_nearest_whole_one(void **state)
{
	(void)state;
	for (uint64_t first = 1; first <= 128; first += 127)
		for (uint64_t n = 1; n <= 200; n++) {
			cleanup(vv_free) struct vv vv = { 0 };
			struct row r = { first };
			struct past past = { row_find, &r };
			err_t e = past_vv(&past, (struct position){ 7, n, { { (uint8_t)n } } }, &vv);
			if (n < first) {
				assert_int_equal(e, ERR_NOTFOUND);
				continue;
			}
			ok(e);
			assert_true(vv.n == 2 && vv.v[0].n == n && vv.v[1].n == n && vv.v[0].stream == 7);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_small_worlds),
		cmocka_unit_test(larger_worlds),
		cmocka_unit_test(what_found_no_room_is_not_asked_for_in_vain),
		cmocka_unit_test(remembered_and_read_again),
		cmocka_unit_test(back_to_the_nearest_whole_one),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

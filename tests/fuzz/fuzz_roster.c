/* SPDX-License-Identifier: MIT
 * Who is a member, by any statements: five bytes each say who says what of whom, behind which of its statements, and at
 * which. Whatever they are: in another order and twice they are the same, and there is always a way in.
 * Longest input: 1001, which is 200 statements; what is behind them would say nothing.
 */
#include "fuzz.h"

#define world_check(x)                                                                                                 \
	do {                                                                                                           \
		if (!(x))                                                                                              \
			abort();                                                                                       \
	} while (0)
#include "tests/roster_world.h"

#define SAID_MOST 200

static size_t some(const struct world *w, uint8_t b)
{
	return w->set.n ? b % (w->set.n + 1) : WORLD_FIRST;
}

/* end_of: of the stream that a statement begins. */
static struct stream_end end_of(const struct world *w, size_t said, uint8_t n)
{
	struct stream_end e = { .stream = said < w->set.n ? roster_streams_number(w->set.v[said].hash) : 1, .n = n };
	e.hash.b[0] = n;
	return e;
}

/* after: what it said last, or, for some numbers, some statement that may be another's. */
static size_t after(const struct world *w, uint8_t b)
{
	return b < 200 ? WORLD_LAST : some(w, b);
}

static void say(struct world *w, const uint8_t d[5])
{
	static const uint8_t proof[SIGNER_SIG];
	unsigned who = d[0] % WORLD_SIGNERS, whom = d[2] % WORLD_SIGNERS;
	struct stream_end end = end_of(w, some(w, d[4]), d[2] % 4);
	struct statement s = { .kind = (enum signer_statement)(d[1] % 7 + 1), .pin = world_pin(w, some(w, d[4])) };
	s.who = world_signer(w, whom);
	s.who.rank = d[3] % 40;
	s.proof = proof;
	if (s.kind == SIGNER_JOIN && world_is_slot(whom))
		s.kind = SIGNER_SLOT;
	if (s.kind == SIGNER_SLOT && !world_is_slot(whom))
		s.kind = SIGNER_JOIN;
	if (s.kind == SIGNER_SLOT && s.who.kind == SIGNER_RECOVERY)
		s.id = world_id(w, d[3] % 4 ? 0 : d[3] % WORLD_SIGNERS);
	if (s.kind == SIGNER_SLOT && id_is_zero(s.id))
		s.pin = (struct statement_pin){ 0 };
	if (s.kind == SIGNER_REVOKE)
		s.id = world_id(w, whom);
	if (s.kind == SIGNER_INCARNATION || (s.kind == SIGNER_REVOKE && end.n))
		s.ends = (struct stream_ends){ &end, 1, 1 };
	s.end = end;
	s.confirmed = some(w, d[4]) < w->set.n ? w->set.v[some(w, d[4])].hash : HASH_ZERO;
	s.rules = d[3];
	world_say(w, who, after(w, d[3]), &s);
}

/* turn: the same statements the other way around, the first one twice. */
static void turn(const struct world *w, struct heard *out)
{
	for (size_t i = 0; i < w->set.n; i++)
		out[i] = w->set.v[w->set.n - 1 - i];
	out[w->set.n] = w->set.v[0];
}

static void same_signers(const struct roster *a, const struct roster *b)
{
	world_check(a->signer_n == b->signer_n && a->said_n == b->said_n && a->slots_n == b->slots_n);
	for (size_t i = 0; i < a->signer_n; i++) {
		const struct roster_signer *x = &a->signer[i], *y = &b->signer[i];
		world_check(id_eq(x->id, y->id) && x->in == y->in && x->pinned == y->pinned && x->pin == y->pin);
		world_check(x->rank == y->rank && x->highest == y->highest && x->place == y->place);
	}
	world_check(a->rules == b->rules && a->read_only == b->read_only);
}

static void same_streams(const struct roster *a, const struct roster *b)
{
	cleanup(roster_streams_free) struct roster_streams x = { 0 }, y = { 0 };
	world_check(!roster_streams_make(a, &x) && !roster_streams_make(b, &y) && x.n == y.n);
	for (size_t i = 0; i < x.n; i++) {
		world_check(hash_eq(x.v[i].hash, y.v[i].hash) && x.v[i].begins == y.v[i].begins);
		world_check(x.v[i].cut == y.v[i].cut && x.v[i].n == y.v[i].n && hash_eq(x.v[i].end, y.v[i].end));
		world_check(!x.v[i].begins || roster_streams_find(&x, x.v[i].number) == &x.v[i]);
	}
}

/* look: what holds of every roster. */
static void look(const struct roster *r)
{
	world_check(roster_member(roster_in_force(r)));
	for (size_t k = 0; k < r->said_n; k++) {
		if (r->said[k].s->as.kind != SIGNER_SLOT)
			continue;
		for (size_t i = 0; i < r->signer_n; i++)
			world_check(confirm_ask(r, i, k) == CONFIRM_NOT_ASKED || roster_member(&r->signer[i]));
	}
}

static void compare(const struct world *w)
{
	cleanup(roster_free) struct roster a = { 0 }, b = { 0 };
	struct roster_basis basis = { .named = w->named, .named_n = w->named_n, .check = world_signed };
	struct heard *turned = calloc(w->set.n + 1, sizeof(*turned));
	world_check(turned != NULL);
	if (w->set.n)
		turn(w, turned);
	world_roster(w, &a);
	world_check(!roster_make(&basis, turned, w->set.n + (w->set.n > 0), &b));
	look(&a);
	same_signers(&a, &b);
	same_streams(&a, &b);
	free(turned);
}

/* begin: as nobody has said anything yet. */
static struct world begin(bool passphrase)
{
	static struct world fresh[2];
	struct world *w = &fresh[passphrase];
	if (!w->known) {
		world_begin(w, passphrase);
		world_know(w);
	}
	return *w;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct world w = begin(size && data[0] % 2);
	for (size_t i = 1; i + 5 <= size && w.set.n < SAID_MOST; i += 5)
		say(&w, data + i);
	compare(&w);
	heard_set_free(&w.set);
	return 0;
}

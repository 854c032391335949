/* SPDX-License-Identifier: MIT
 * A fleet of devices on one store in one process, driven by a seed: hand-overs with engines that are dropped at any
 * store call and opened again, PUTs whose answers are lost, objects that are not there yet, checkpoints, newcomers, a
 * lost place of the mailbox, and sometimes a race at the end. Checked: no accepted change is lost, all devices and a
 * newcomer hold the same map, every file can be read from the store.
 *     sim [--seeds N] [--seed S] [--steps K]
 */
#include "tests/sync_fleet.h"

#include "util/log.h"

#define FILES 12

struct tripwire { /* a store that answers nothing any more after a number of calls */
	struct store store;
	struct store *to;
	long left;      /* calls until it trips; negative: never */
	bool lose;      /* the call at which it trips is done, its answer lost */
	unsigned trips; /* counted */
};
struct model {
	bool there;
	uint32_t len;
	uint8_t fill;
};
struct sim {
	struct fleet f;
	struct tripwire *wire[4];
	struct model file[FILES];
	unsigned rand;
	unsigned crashes, joins, races, besides, lost;
};
static unsigned pick(struct sim *m, unsigned n)
{
	return (unsigned)rand_r(&m->rand) % n;
}

static void wire_pass(struct tripwire *w, void (*call)(struct store *, const struct store_request *),
                      const struct store_request *r)
{
	if (w->left < 0 || w->left-- > 0) {
		call(w->to, r);
		return;
	}
	w->left = 0;
	w->trips++;
	if (w->lose && r->body.len) {
		w->lose = false;
		(void)!store_put_sync(w->to, r->name, r->body);
	}
	r->done(r->ctx, ERR_NET, NULL);
}
static void wire_put(struct store *s, const struct store_request *r)
{
	wire_pass((struct tripwire *)s, ((struct tripwire *)s)->to->ops->put, r);
}
static void wire_get(struct store *s, const struct store_request *r)
{
	wire_pass((struct tripwire *)s, ((struct tripwire *)s)->to->ops->get, r);
}
static void wire_del(struct store *s, const struct store_request *r)
{
	wire_pass((struct tripwire *)s, ((struct tripwire *)s)->to->ops->del, r);
}
static void wire_shutdown(struct store *s)
{
	(void)s;
}
static void wire_destroy(struct store *s)
{
	store_close(((struct tripwire *)s)->to);
	free(s);
}
static const struct store_ops wire_ops = {
	.put = wire_put, .get = wire_get, .del = wire_del, .shutdown = wire_shutdown, .destroy = wire_destroy
};

/* rewire: the device's store gets a tripwire around it; its engine is opened over that. */
static void rewire(struct sim *m, size_t i)
{
	struct dev *d = &m->f.d[i];
	struct tripwire *w = calloc(1, sizeof(*w));
	assert_non_null(w);
	*w = (struct tripwire){ .store = { &wire_ops }, .to = d->store, .left = -1 };
	m->wire[i] = w;
	d->store = &w->store;
	d->checkpoint_min = 1 + pick(m, 20000);
	dev_crash(d);
	dev_open(d);
}

static void crash(struct sim *m, size_t i)
{
	m->crashes++;
	dev_crash(&m->f.d[i]);
	dev_open(&m->f.d[i]);
}

/* step_roughly: rounds that are cut off at some store call, each followed by a restart, then one that goes through. */
static void step_roughly(struct sim *m, size_t i)
{
	struct tripwire *w = m->wire[i];
	for (unsigned tries = pick(m, 4); tries; tries--) {
		w->left = pick(m, 30);
		w->lose = pick(m, 2);
		err_t e = sync_step(m->f.d[i].sync);
		if (e != ERR_OK && e != ERR_NET)
			fail_msg("device %zu: %s", i, err_text(e));
		w->left = -1;
		crash(m, i);
	}
	dev_step(&m->f.d[i]);
}

static void change(struct sim *m, struct dev *d)
{
	for (unsigned n = 1 + pick(m, 6); n; n--) {
		char name[16];
		unsigned k = pick(m, FILES);
		struct model *f = &m->file[k];
		snprintf(name, sizeof(name), "file%u", k);
		if (f->there && pick(m, 3) == 0) {
			dev_remove(d, name);
			f->there = false;
			continue;
		}
		*f = (struct model){ true, 1 + pick(m, pick(m, 4) ? 20000 : BLOCK_SIZE), (uint8_t)pick(m, 256) };
		dev_write(d, name, f->len, f->fill);
	}
}

static void check(struct sim *m, struct dev *d)
{
	for (unsigned k = 0; k < FILES; k++) {
		char name[16];
		snprintf(name, sizeof(name), "file%u", k);
		if (m->file[k].there)
			dev_check_file(d, name, m->file[k].len, m->file[k].fill);
		else if (dev_lookup(d, name))
			fail_msg("%s was removed, but is there", name);
	}
}

static void turn(struct sim *m)
{
	size_t i = pick(m, (unsigned)m->f.n);
	struct dev *d = &m->f.d[i];
	if (m->f.n < 3 && pick(m, 12) == 0) {
		m->joins++;
		fleet_join(&m->f, "newcomer");
		rewire(m, m->f.n - 1);
		step_roughly(m, m->f.n - 1);
		return;
	}
	step_roughly(m, i);
	check(m, d);
	for (unsigned n = 1 + pick(m, 3); n; n--) {
		change(m, d);
		if (pick(m, 4) == 0)
			crash(m, i);
		step_roughly(m, i);
	}
}

static uint64_t commits_made(struct sim *m)
{
	uint64_t n = 0;
	for (size_t i = 0; i < m->f.n; i++)
		n += dev_status(&m->f.d[i]).commits;
	return n;
}

/* settle: until nobody but `halted` has anything to say: a checkpoint may become due in the step that shows another's
 * commit. */
static void settle(struct sim *m, const struct dev *halted)
{
	uint64_t before;
	unsigned rounds = 0;
	do {
		assert_in_range(++rounds, 1, 10);
		before = commits_made(m);
		for (size_t i = 0; i < m->f.n; i++)
			if (&m->f.d[i] != halted)
				dev_step(&m->f.d[i]);
	} while (rounds < 2 || commits_made(m) != before);
}

static void all_equal(struct sim *m)
{
	settle(m, NULL);
	for (size_t i = 0; i < m->f.n; i++) {
		check(m, &m->f.d[i]);
		assert_same_map(&m->f.d[0], &m->f.d[i]);
	}
}

/* beside: two devices change different files without knowing of each other: both changes stay. */
static void beside(struct sim *m)
{
	if (m->f.n < 2 || !m->file[0].there || !m->file[1].there)
		return;
	for (size_t i = 0; i < m->f.n; i++)
		dev_step(&m->f.d[i]);
	for (unsigned k = 0; k < 2; k++) {
		char name[16];
		snprintf(name, sizeof(name), "file%u", k);
		m->file[k].len = 1 + pick(m, 20000);
		m->file[k].fill ^= 1;
		dev_write(&m->f.d[k], name, m->file[k].len, m->file[k].fill);
	}
	step_roughly(m, 0);
	dev_step(&m->f.d[1]);
	m->besides++;
}

/* race: two publish without seeing each other: exactly one goes on, and the others follow it. */
static void race(struct sim *m)
{
	struct dev *a = &m->f.d[0], *b = &m->f.d[1];
	m->races++;
	dev_write(a, "race a", 3000, 'a');
	dev_write(b, "race b", 3000, 'b');
	dev_step(a);
	err_t e = sync_step(b->sync);
	if (e != ERR_RACE)
		fail_msg("two histories, and nobody noticed: %s", err_text(e));
	settle(m, b);
	for (size_t i = 2; i < m->f.n; i++) {
		assert_same_map(a, &m->f.d[i]);
	}
}

/* lose_place: the store loses the second device's place of the mailbox; at its next start it takes one again,
 * or a newcomer could not follow its commits. */
static void lose_place(struct sim *m)
{
	char name[OBJECT_NAME];
	if (m->f.n < 2)
		return;
	assert_int_equal(name_join(m->f.d[0].keyring, 1, 0, name), ERR_OK);
	assert_int_equal(store_del_sync(m->f.shared, name), ERR_OK);
	crash(m, 1);
	dev_step(&m->f.d[1]);
	m->lost++;
}

static struct sim run_seed(unsigned seed, unsigned steps)
{
	struct sim m = { .rand = seed };
	fleet_new(&m.f, seed);
	rewire(&m, 0);
	for (unsigned i = 0; i < steps; i++)
		pick(&m, 4) ? turn(&m) : beside(&m);
	all_equal(&m);
	lose_place(&m);
	fleet_join(&m.f, "last");
	assert_same_map(&m.f.d[0], &m.f.d[m.f.n - 1]);
	check(&m, &m.f.d[m.f.n - 1]);
	rewire(&m, m.f.n - 1);
	all_equal(&m);
	if (pick(&m, 3) == 0)
		race(&m);
	fleet_free(&m.f);
	return m;
}

struct options {
	unsigned first, seeds, steps;
};

static void test_seeds(void **state)
{
	const struct options *o = *state;
	for (unsigned s = o->first; s < o->first + o->seeds; s++) {
		printf("seed %u\n", s);
		fflush(stdout);
		struct sim m = run_seed(s, o->steps);
		printf("seed %u: ok, %u restarts, %u joins, %u side by side, %u places lost, %u races\n", s, m.crashes,
		       m.joins, m.besides, m.lost, m.races);
	}
}

int main(int argc, char **argv)
{
	struct options o = { 1, 5, 15 };
	for (int i = 1; i + 1 < argc; i += 2) {
		unsigned v = (unsigned)strtoul(argv[i + 1], NULL, 10);
		if (!strcmp(argv[i], "--seeds"))
			o.seeds = v;
		else if (!strcmp(argv[i], "--seed"))
			o.first = v, o.seeds = 1;
		else if (!strcmp(argv[i], "--steps"))
			o.steps = v;
	}
	log_to(log_levels_all(LOG_ERROR), 2);
	const struct CMUnitTest tests[] = { cmocka_unit_test_prestate(test_seeds, &o) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}

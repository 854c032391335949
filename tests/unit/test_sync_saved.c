/* SPDX-License-Identifier: MIT
 * "Is it on the store?" (sync/saved.h), compared with a real join: random work on two devices, random faults of their
 * store, and now and then the question. A yes must mean that a newcomer with the recovery key and a copy of the store
 * comes to all that was applied before, and finds every block. By seed: CLOUDSEAL_SEED begins elsewhere,
 * CLOUDSEAL_SEEDS says how many.
 */
#include "tests/sim/prng.h"
#include "tests/sync_files.h"
#include "tests/sync_lossy.h"
#include "tests/sync_saving.h"
#include "vault/join/group_decode.h"
#include "vault/join/segment.h"
#include "vault/join/vault_key.h"

#include <sys/random.h>

#define SEEDS 40
#define STEPS 60
#define NAMES 6

/* -- chance ------------------------------------------------------------------------------------------------------ */

/* What the product draws is by seed, too, so that a run can be had again. */
static struct {
	pthread_mutex_t lock;
	uint64_t drawn;
} chance = { .lock = PTHREAD_MUTEX_INITIALIZER };

ssize_t getrandom(void *p, size_t n, unsigned flags)
{
	(void)flags;
	guard(&chance.lock);
	for (size_t i = 0; i < n; i++)
		((uint8_t *)p)[i] = (uint8_t)(prng(&chance.drawn) >> 32);
	return (ssize_t)n;
}

/* -- a world ----------------------------------------------------------------------------------------------------- */

struct world {
	struct fleet f;
	uint64_t r;
	struct store *backup;   /* of the store; NULL: none */
	bool harmed[FLEET_MAX]; /* the store lost something since that device's last round that somebody waited for */
	unsigned yes, no;
};

static struct lossy *lossy_of(struct world *w)
{
	return (struct lossy *)w->f.shared;
}

static void world_begin(struct world *w, uint64_t seed)
{
	*w = (struct world){ .r = seed * 2 + 1 };
	chance.drawn = seed * 2 + 2;
	fleet_saving(&w->f, &vault);
	(void)fleet_join(&w->f, "travel");
}

/* -- the newcomer -------------------------------------------------------------------------------------------------- */

/* has_block: the newcomer finds it at one of the places it knows. */
static bool has_block(struct ship *d, struct hash hash, uint32_t length)
{
	struct block_where at;
	for (unsigned nth = 0; !block_where_next(d->map, block_id(hash), nth, &at); nth++) {
		cleanup(buf_free) struct buf body = BUF_INIT;
		char name[OBJECT_NAME];
		name_id(at.rec.segment, name);
		if (!store_get_sync(d->store, name, at.rec.offset, at.sealed, 0, &body) &&
		    !block_check(buf_span(&body), length, hash))
			return true;
	}
	return false;
}

static bool has_blocks(struct ship *d, struct span key, struct span value)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	cleanup(segment_facts_free) struct segment_facts f = { 0 };
	struct vault_name name;
	bool all = true;
	if (vault_key_parse(key, &name) || name.kind != SHARED_SEGMENT)
		return true;
	ok(record_decode(value, &r));
	ok(segment_get_facts(group_find(group_all(&r), 1)->bytes, &f));
	for (size_t i = 0; i < f.blocks_n; i++)
		all = all && has_block(d, f.blocks[i].hash, f.blocks[i].length);
	return all;
}

/* lacking: what the newcomer has not, of what `d` has; NULL: nothing. */
static const char *lacking(struct ship *newcomer, struct ship *d)
{
	cleanup(records_free) struct records all = RECORDS_INIT;
	struct view v = published_view(d->map);
	for (size_t i = 0; i < d->sync->streams.n; i++) {
		const struct stream *here = &d->sync->streams.list[i], *there = streams_find(newcomer->sync, here->id);
		if (here->applied.n && (!there || there->applied.n < here->applied.n))
			return "a commit";
	}
	ok(v.scan(v.ctx, SPAN(NULL, 0), SPAN(NULL, 0), ship_gather, &all));
	for (size_t i = 0; i < all.n; i++)
		if (!has_blocks(newcomer, records_key(all.v[i]), buf_span(&all.v[i]->value)))
			return "a block";
	return NULL;
}

/* join_lacks: a newcomer on a copy of the store. */
static const char *join_lacks(struct world *w, struct ship *d)
{
	struct fleet g = { .v = w->f.v, .shared = lossy_copy(w->f.shared), .now = w->f.now };
	struct ship *newcomer;
	struct why why = { 0 };
	enum here_seen header = HERE_BARE;
	ok(header_here(NULL, g.shared, &header));
	if (header != HERE_OURS) {
		store_close(g.shared);
		return "the header";
	}
	if (fleet_try_join(&g, "new", &newcomer, &why)) {
		fleet_free(&g);
		return "the join";
	}
	const char *lack = lacking(newcomer, d);
	fleet_free(&g);
	return lack;
}

static void ask(struct world *w, struct ship *d, const char *how)
{
	struct saved now;
	sync_saved(d->sync, 0, &now);
	now.yes ? w->yes++ : w->no++;
	const char *lack = now.yes ? join_lacks(w, d) : NULL;
	if (lack)
		fail_msg("%s: it says yes, and a newcomer lacks %s", how, lack);
}

/* -- what happens -------------------------------------------------------------------------------------------------- */

static struct ship *one_of(struct world *w)
{
	return &w->f.d[prng_pick(&w->r, (unsigned)w->f.n)];
}

static void work(struct world *w, struct ship *d)
{
	static const char *const names[NAMES] = { "a", "b", "c", "d", "e", "f" };
	const char *name = names[prng_pick(&w->r, NAMES)];
	uint8_t fill = (uint8_t)prng_pick(&w->r, 256);
	unsigned what = prng_pick(&w->r, 8);
	if (what == 0 && ship_has(d, name))
		file_remove(d, name);
	else if (what < 3 && !ship_has(d, name))
		ship_must(d, DEED_WRITE, name, "text");
	else
		file_write(&w->f, d, name, 3000 + prng_pick(&w->r, 5000), fill);
}

static void harm(struct world *w)
{
	for (size_t i = 0; i < FLEET_MAX; i++)
		w->harmed[i] = true;
}

static bool *harmed(struct world *w, const struct ship *d)
{
	return &w->harmed[d - w->f.d];
}

/* lose: mostly one of the newest objects, as a store that lost its last minutes. */
static void lose(struct world *w)
{
	struct lossy *l = lossy_of(w);
	unsigned among = prng_pick(&w->r, 2) ? (unsigned)MIN(l->n, (size_t)6) : (unsigned)l->n;
	if (lossy_lose(&l->store, l->n - 1 - prng_pick(&w->r, among)))
		harm(w);
}

/* bad_round: some requests fail, some are done and their answers lost; PUTs that are answered are not kept. */
static void bad_round(struct world *w, struct ship *d)
{
	struct fault_plan plan = { .error = prng_pick(&w->r, 400), .lost = prng_pick(&w->r, 200) };
	if (prng_pick(&w->r, 3) == 0)
		lossy_of(w)->swallow = 1 + prng_pick(&w->r, 4);
	fault_set(d->store, &plan);
	err_t e = sync_step(d->sync);
	(void)e; /* it may fail or not */
	fault_set(d->store, &(struct fault_plan){ 0 });
	if (lossy_of(w)->swallowed)
		harm(w);
	lossy_of(w)->swallow = lossy_of(w)->swallowed = 0;
}

/* good_round: whoever waits for it is answered; before that nothing is known of what was lost since the last look. */
static void good_round(struct world *w, struct ship *d)
{
	err_t e = sync_step(d->sync);
	struct saved now;
	sync_saved(d->sync, 0, &now);
	const char *lack = e ? NULL : join_lacks(w, d);
	if (lack)
		fail_msg("sync says that all is on the store, and a newcomer lacks %s", lack);
	if (!e && !now.yes)
		fail_msg("sync and status differ: %x", now.lacks);
	e ? w->no++ : w->yes++;
	*harmed(w, d) = false;
}

static void keep_backup(struct world *w)
{
	if (w->backup && prng_pick(&w->r, 2)) {
		lossy_back(w->f.shared, w->backup);
		harm(w);
	} else {
		store_close(w->backup);
		w->backup = lossy_copy(w->f.shared);
	}
}

static void event(struct world *w)
{
	struct ship *d = one_of(w);
	unsigned what = prng_pick(&w->r, 20);
	if (what < 8)
		work(w, d);
	else if (what < 11)
		good_round(w, d);
	else if (what < 13)
		bad_round(w, d);
	else if (what < 16)
		lose(w);
	else if (what < 17)
		ship_restart(&w->f, d);
	else if (what < 18)
		ship_crash(&w->f, d);
	else if (what < 19 && !*harmed(w, d))
		ask(w, d, "asked in between");
	else if (what == 19)
		keep_backup(w);
}

static void run(struct world *w, uint64_t seed)
{
	world_begin(w, seed);
	for (unsigned i = 0; i < STEPS; i++)
		event(w);
	store_close(w->backup);
	fleet_free(&w->f);
}

static uint64_t number_of(const char *name, uint64_t usual)
{
	const char *text = getenv(name);
	return text ? strtoull(text, NULL, 10) : usual;
}

static void a_yes_is_what_a_newcomer_finds(void **state)
{
	(void)state;
	struct world w;
	unsigned yes = 0, no = 0;
	uint64_t first = number_of("CLOUDSEAL_SEED", 1), n = number_of("CLOUDSEAL_SEEDS", SEEDS);
	for (uint64_t seed = first; seed < first + n; seed++) {
		print_message("seed %llu\n", (unsigned long long)seed);
		run(&w, seed);
		yes += w.yes;
		no += w.no;
	}
	print_message("%u yes, %u no\n", yes, no);
	assert_true(yes > no / 4); /* who always says no is not asked */
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(a_yes_is_what_a_newcomer_finds) };
	return cmocka_run_group_tests(tests, vault_begin, vault_end);
}

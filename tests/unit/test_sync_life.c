/* SPDX-License-Identifier: MIT
 * What a device says of itself across power cuts: its chain of statements, and the streams that it begins.
 */
#include "sync/core/epoch.h"
#include "sync/members/chain.h"
#include "sync/members/letter.h"
#include "sync/members/statements.h"
#include "tests/sync_backup.h"
#include "vault/join/vault_key.h"
#include "vault/objects/commit.h"
#include "vault/objects/pack.h"

/* -- "sync.said" ------------------------------------------------------------------------------------------------- */

static void the_end_of_a_chain_comes_back_whole_or_not_at_all(void **state)
{
	const struct chain c = { .number = 3, .hash = { { 1 } }, .letter = CHAIN_PLACED, .epoch = 4, .place = 5 };
	cleanup(buf_free) struct buf v = BUF_INIT;
	struct chain back;
	(void)state;
	chain_encode(&c, &v);
	ok(chain_decode(buf_span(&v), &back));
	assert_true(back.number == 3 && hash_eq(back.hash, c.hash) && back.letter == CHAIN_PLACED);
	assert_true(back.epoch == 4 && back.place == 5);
	for (size_t n = 0; n < v.len; n++)
		assert_int_equal(chain_decode(SPAN(v.p, n), &back), ERR_DAMAGED);
	buf_u8(&v, 0);
	assert_int_equal(chain_decode(buf_span(&v), &back), ERR_DAMAGED);
	v.len--;
	v.p[0] = 2;
	assert_int_equal(chain_decode(buf_span(&v), &back), ERR_VERSION);
}

/* -- what a disk says -------------------------------------------------------------------------------------------- */

struct found {
	struct chain said;
	struct own_life life;
	bool lives;
	size_t statements; /* in the open and the closed set, and published */
	bool last;         /* the one that was said last is among them */
};

static int count(void *ctx, struct span key, struct span value)
{
	struct found *f = ctx;
	(void)value;
	f->statements++;
	f->last |= key.len >= HASH_LEN && hash_eq(hash_from((const uint8_t *)key.p + key.len - HASH_LEN), f->said.hash);
	return 0;
}

static struct found find(struct map *m)
{
	static const uint8_t open[] = { SAID_A, SHARED_STATEMENT }, closed[] = { SAID_B, SHARED_STATEMENT },
	                     published[] = { SHARED_STATEMENT };
	struct found f = { .lives = false };
	ok(chain_get(m, &f.said));
	err_t e = state_get_life(m, &f.life);
	assert_true(!e || e == ERR_NOTFOUND);
	f.lives = !e;
	ok(map_scan(m, MAP_RECORDS, SPAN(open, 2), SPAN(NULL, 0), count, &f));
	ok(map_scan(m, MAP_RECORDS, SPAN(closed, 2), SPAN(NULL, 0), count, &f));
	ok(map_scan(m, MAP_RECORDS, SPAN(published, 1), SPAN(NULL, 0), count, &f));
	return f;
}

/* all_or_nothing: the record in the open set, "sync.said" and the stream. */
static void all_or_nothing(const struct found *f)
{
	assert_int_equal(f->lives, f->said.number != 0);
	if (f->lives)
		assert_true(f->last && id_eq(f->life.stream, id_from(f->said.hash.b)));
}

/* restarted: the disk as the power cut left it, with the map open. */
static void restarted(struct ship *d)
{
	struct base *copy = d->cut;
	base_mem_on_commit(d->base, &(struct base_mem_hook){ 0 });
	if (!copy)
		ok(base_mem_copy(d->base, &copy));
	ok(map_close(d->map));
	d->base = copy;
	d->cut = NULL;
	fault_offline(d->store, ERR_OK);
	ship_map(d);
}

static void anew(struct ship *d)
{
	ok(map_close(d->map));
	ok(base_mem_open(&d->base));
	ship_map(d);
}

/* letters: in how many of the first places there is something. */
static unsigned letters(struct fleet *f)
{
	cleanup(epoch_wipe) struct epoch epoch = { 0 };
	unsigned n = 0;
	ok(epoch_open(f->v->keyring, 1, &epoch));
	for (uint64_t place = 0; place < 4; place++) {
		cleanup(buf_free) struct buf body = BUF_INIT;
		char name[OBJECT_NAME];
		ok(name_join(&epoch.names, place, name));
		n += !store_get_sync(f->shared, name, 0, 0, 0, &body);
	}
	return n;
}

/* -- power cuts -------------------------------------------------------------------------------------------------- */

/* join_cut: the power goes at that commit of the map. False: it ended before. */
static bool join_cut(struct fleet *f, struct ship *d, unsigned commits)
{
	struct why why = { 0 };
	struct bootstrap b = ship_bootstrap(f, d, "laptop");
	ship_cut_after(d, commits);
	err_t e = bootstrap_join(&b, &why);
	bool cut = d->cut != NULL;
	assert_true(cut || !e);
	restarted(d);
	d->cut_after = 0;
	return cut;
}

/* join_on: whoever has said something goes on with it; else it begins anew. */
static void join_on(struct fleet *f, struct ship *d, const struct found *at)
{
	struct why why = { 0 };
	struct chain said;
	if (!at->lives)
		anew(d);
	struct bootstrap b = ship_bootstrap(f, d, "laptop");
	if (bootstrap_join(&b, &why))
		fail_msg("bootstrap_join: %s", why.text);
	ok(chain_get(d->map, &said));
	assert_true(said.number == 1 && said.letter == CHAIN_PLACED);
	if (at->lives)
		assert_true(hash_eq(said.hash, at->said.hash));
	ship_open(f, d);
}

static void a_join_that_ends_anywhere_goes_on_with_the_same_statements(void **state)
{
	bool cut = true;
	(void)state;
	for (unsigned commits = 1; cut; commits++) {
		struct fleet f;
		fleet_new(&f, &vault);
		ship_must(&f.d[0], DEED_WRITE, "/f", "1");
		ship_step(&f.d[0]);
		struct ship *d = ship_new(&f);
		cut = join_cut(&f, d, commits);
		struct found at = find(d->map);
		all_or_nothing(&at);
		join_on(&f, d, &at);
		assert_int_equal(letters(&f), 1); /* none of a stream that nobody has */
		fleet_settle(&f);
		fleet_same(&f);
		assert_int_equal(f.d[0].sync->streams.n, 2);
		fleet_free(&f);
	}
}

/* A store that looks at the disk of a device when its letter comes. */
struct watch {
	struct passing p; /* first */
	struct ship *d;
	char letter[OBJECT_NAME];
	bool seen, durable;
};

static void watch_put(struct store *s, const struct store_request *r)
{
	static const struct key key = { { 9 } };
	struct watch *w = (struct watch *)(void *)s;
	struct map_config c = { .key = &key, .commit_ms = 1000000 };
	struct map *m = NULL;
	if (!strcmp(r->name, w->letter)) {
		ok(base_mem_copy(w->d->base, &c.base));
		ok(map_open(&c, &m, NULL));
		struct found at = find(m);
		w->seen = true;
		w->durable = at.lives && at.last;
		ok(map_close(m));
	}
	passing_put(s, r);
}

static void nothing_leaves_before_it_is_durable(void **state)
{
	static const struct store_ops ops = { .put = watch_put,
		                              .get = passing_get,
		                              .del = passing_del,
		                              .list = passing_list,
		                              .check = passing_check,
		                              .shutdown = passing_shutdown,
		                              .destroy = passing_shutdown };
	struct fleet f;
	struct why why = { 0 };
	cleanup(epoch_wipe) struct epoch epoch = { 0 };
	(void)state;
	fleet_new(&f, &vault);
	struct watch w = { .p = { { &ops }, f.shared } };
	ok(epoch_open(f.v->keyring, 1, &epoch));
	ok(name_join(&epoch.names, 0, w.letter));
	f.shared = &w.p.store;
	w.d = ship_new(&f);
	f.shared = w.p.to;
	struct bootstrap b = ship_bootstrap(&f, w.d, "laptop");
	ok(bootstrap_join(&b, &why));
	assert_true(w.seen && w.durable);
	ship_open(&f, w.d);
	fleet_free(&f);
}

static bool create_cut(struct fleet *f, struct ship *d, unsigned commits)
{
	struct why why = { 0 };
	struct bootstrap b = ship_bootstrap(f, d, "desk");
	ship_cut_after(d, commits);
	err_t e = bootstrap_create(&b, &why);
	bool cut = d->cut != NULL;
	assert_true(cut || !e);
	restarted(d);
	d->cut_after = 0;
	return cut;
}

static void a_vault_whose_beginning_ends_anywhere_has_one_stream(void **state)
{
	bool cut = true;
	(void)state;
	for (unsigned commits = 1; cut; commits++) {
		struct fleet f = { .v = &vault, .shared = store_mem_new(), .now = 1700000000 * NS_PER_S };
		struct why why = { 0 };
		struct ship *d = ship_new(&f);
		secret_free(d->mine);
		ship_is(d, vault.first);
		cut = create_cut(&f, d, commits);
		struct found at = find(d->map);
		all_or_nothing(&at);
		struct bootstrap b = ship_bootstrap(&f, d, "desk");
		if (bootstrap_create(&b, &why))
			fail_msg("bootstrap_create: %s", why.text);
		struct found after = find(d->map);
		assert_int_equal(after.statements, 1);
		if (at.lives)
			assert_true(hash_eq(after.said.hash, at.said.hash));
		ship_open(&f, d);
		ship_step(d);
		fleet_join(&f, "laptop");
		fleet_settle(&f);
		fleet_same(&f);
		fleet_free(&f);
	}
}

static void a_vault_begins_with_what_genesis_wants(void **state)
{
	static const enum vault_kind kinds[] = { SHARED_SUPER, SHARED_GENESIS, SHARED_STATEMENT,
		                                 SHARED_SLOT,  SHARED_DEVICE,  SHARED_EPOCH };
	struct fleet f;
	(void)state;
	fleet_new(&f, &vault);
	struct ship *b = fleet_join(&f, "laptop");
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		const uint8_t kind = (uint8_t)kinds[i];
		struct found n = { .statements = 0 };
		ok(map_scan(b->map, MAP_RECORDS, SPAN(&kind, 1), SPAN(NULL, 0), count, &n));
		assert_int_equal(n.statements, 1);
	}
	fleet_free(&f);
}

/* A restored state draws a stream. */
static void a_new_stream_is_drawn_anew_until_it_is_durable_and_then_gone_on_with(void **state)
{
	bool cut = true;
	(void)state;
	for (unsigned commits = 1; cut; commits++) {
		struct fleet f;
		struct base *before = NULL;
		fleet_new(&f, &vault);
		struct ship *a = &f.d[0], *b = fleet_join(&f, "laptop");
		ship_must(a, DEED_WRITE, "/f", "1");
		fleet_settle(&f);
		backup(a, &before);
		ship_must(a, DEED_WRITE, "/other life", "2");
		ship_step(a);
		restore(&f, a, before);
		ship_must(a, DEED_WRITE, "/restored", "3");
		struct found was = find(a->map);
		ship_cut_after(a, commits);
		err_t e = sync_step(a->sync);
		cut = a->cut != NULL;
		assert_true(cut || !e);
		ship_crash(&f, a);
		struct found at = find(a->map);
		all_or_nothing(&at);
		if (!cut)
			assert_int_equal(at.said.number, was.said.number + 1);
		if (!ship_has(a, "/restored"))
			ship_must(a, DEED_WRITE, "/restored", "3");
		fleet_settle(&f);
		fleet_same(&f);
		struct found after = find(a->map);
		assert_int_equal(after.said.number, was.said.number + 1);
		if (at.said.number != was.said.number)
			assert_true(hash_eq(after.said.hash, at.said.hash));
		cleanup_free char *list = ship_list(b);
		assert_string_equal(list, "/f=1\n/other life=2\n/restored=3\n");
		fleet_free(&f);
	}
}

/* -- what others see --------------------------------------------------------------------------------------------- */

static err_t keep_others(void *ctx, struct span key, struct span value)
{
	return *(const uint8_t *)key.p == SHARED_STATEMENT ? ERR_OK : pack_add(ctx, key, value);
}

/* without_statements: the device's first commit says nothing of that kind any more. */
static void without_statements(struct fleet *f, struct ship *d)
{
	cleanup(epoch_wipe) struct epoch epoch = { 0 };
	cleanup(buf_free) struct buf body = BUF_INIT, plain = BUF_INIT, pack = BUF_INIT, again = BUF_INIT,
	                             sealed = BUF_INIT;
	cleanup(pack_free) struct pack p = PACK_INIT;
	cleanup(commit_free) struct commit c = { 0 };
	char name[OBJECT_NAME];
	uint8_t sig[SIG_LEN];
	struct hash hash;
	ok(epoch_open(f->v->keyring, 1, &epoch));
	ok(name_commit(&epoch.names, ship_stream(d), 1, 0, name));
	struct object_place at = epoch_place(&epoch, OBJECT_COMMIT, name);
	ok(store_get_sync(f->shared, name, 0, 0, 0, &body));
	ok(object_open(&at, buf_span(&body), &plain, &hash, sig));
	ok(commit_decode(buf_span(&plain), &c));
	ok(pack_read(c.pack, keep_others, &p));
	ok(pack_put(&p, &pack));
	c.pack = buf_span(&pack);
	ok(commit_encode(&c, &again));
	ok(object_seal(&at, buf_span(&again), &d->seed, &sealed, &hash));
	ok(store_put_sync(f->shared, name, buf_span(&sealed)));
}

static void a_first_commit_that_begins_no_stream_is_refused(void **state)
{
	struct fleet f;
	(void)state;
	fleet_new(&f, &vault);
	struct ship *a = &f.d[0], *b = fleet_join(&f, "laptop");
	ship_must(b, DEED_WRITE, "/f", "1");
	ship_step(b);
	without_statements(&f, b);
	ship_step(a);
	assert_true(ship_alarmed(a, "it begins no stream"));
	assert_false(ship_has(a, "/f"));
	fleet_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_end_of_a_chain_comes_back_whole_or_not_at_all),
		cmocka_unit_test(a_join_that_ends_anywhere_goes_on_with_the_same_statements),
		cmocka_unit_test(a_vault_begins_with_what_genesis_wants),
		cmocka_unit_test(nothing_leaves_before_it_is_durable),
		cmocka_unit_test(a_vault_whose_beginning_ends_anywhere_has_one_stream),
		cmocka_unit_test(a_first_commit_that_begins_no_stream_is_refused),
		cmocka_unit_test(a_new_stream_is_drawn_anew_until_it_is_durable_and_then_gone_on_with),
	};
	return cmocka_run_group_tests(tests, vault_begin, vault_end);
}

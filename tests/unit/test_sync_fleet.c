/* SPDX-License-Identifier: MIT
 * Whole devices on format 2: what two or more do at once, and what all show in the end.
 */
#include "sync/checkpoint/prune.h"
#include "sync/core/dirty.h"
#include "sync/core/epoch.h"
#include "sync/members/incarnation.h"
#include "sync/members/who.h"
#include "sync/publish/close.h"
#include "sync/publish/publish.h"
#include "tests/sync_backup.h"

/* -- two do something at once ------------------------------------------------------------------------------------ */

struct meeting {
	const struct order *before, *one, *other; /* up to a path of NULL */
	const char *shown;                        /* lines in order; `*`: any text up to the next byte that is there */
};

static bool fits(const char *pattern, const char *text)
{
	while (*pattern && *pattern != '*') {
		if (*pattern++ != *text++)
			return false;
	}
	if (!*pattern)
		return !*text;
	for (pattern++; *text; text++)
		if (fits(pattern, text))
			return true;
	return fits(pattern, text);
}

static void carry_out(struct ship *d, const struct order *o)
{
	for (; o && o->path; o++)
		ship_must(d, o->deed, o->path, o->other);
}

static void meet(const struct meeting *m)
{
	struct fleet f;
	fleet_new(&f, &vault);
	carry_out(&f.d[0], m->before);
	ship_step(&f.d[0]);
	(void)fleet_join(&f, "travel");
	fleet_settle(&f);
	fleet_same(&f);
	carry_out(&f.d[0], m->one);
	carry_out(&f.d[1], m->other);
	fleet_settle(&f);
	fleet_same(&f);
	(void)fleet_join(&f, "new");
	fleet_settle(&f);
	fleet_same(&f);
	cleanup_free char *list = ship_list(&f.d[0]);
	if (!fits(m->shown, list))
		fail_msg("shown:\n%swanted:\n%s", list, m->shown);
	fleet_free(&f);
}

#define ORDERS(...) ((const struct order[]){ __VA_ARGS__, { .path = NULL } })

static void one_device_and_a_joiner(void **state)
{
	(void)state;
	meet(&(struct meeting){ .before = ORDERS({ DEED_MKDIR, "/d" }, { DEED_WRITE, "/d/f", "text" }),
	                        .one = ORDERS({ DEED_WRITE, "/d/g", "more" }),
	                        .shown = "/d\n/d/f=text\n/d/g=more\n" });
}

static void both_edit(void **state)
{
	(void)state;
	meet(&(struct meeting){ .before = ORDERS({ DEED_WRITE, "/f.txt", "0" }),
	                        .one = ORDERS({ DEED_WRITE, "/f.txt", "1" }),
	                        .other = ORDERS({ DEED_WRITE, "/f.txt", "2" }),
	                        .shown = "/f (conflict *).txt=*\n/f.txt=*\n" });
}

static void an_edit_beats_a_removal(void **state)
{
	(void)state;
	meet(&(struct meeting){ .before = ORDERS({ DEED_WRITE, "/f", "0" }),
	                        .one = ORDERS({ DEED_WRITE, "/f", "1" }),
	                        .other = ORDERS({ DEED_UNLINK, "/f" }),
	                        .shown = "/f=1\n" });
}

static void one_name_twice(void **state)
{
	(void)state;
	meet(&(struct meeting){ .one = ORDERS({ DEED_WRITE, "/new", "1" }),
	                        .other = ORDERS({ DEED_WRITE, "/new", "2" }),
	                        .shown = "/new=*\n/new (conflict *)=*\n" });
}

static void the_same_twice_is_shown_once(void **state)
{
	(void)state;
	meet(&(struct meeting){ .one = ORDERS({ DEED_WRITE, "/new", "1" }),
	                        .other = ORDERS({ DEED_WRITE, "/new", "1" }),
	                        .shown = "/new=1\n" });
}

static void two_folders_of_one_name_are_one(void **state)
{
	(void)state;
	meet(&(struct meeting){ .one = ORDERS({ DEED_MKDIR, "/d" }, { DEED_WRITE, "/d/a", "1" }),
	                        .other = ORDERS({ DEED_MKDIR, "/d" }, { DEED_WRITE, "/d/b", "2" }),
	                        .shown = "/d\n/d/a=1\n/d/b=2\n" });
}

static void folders_moved_into_each_other(void **state)
{
	(void)state;
	meet(&(struct meeting){ .before = ORDERS({ DEED_MKDIR, "/a" }, { DEED_MKDIR, "/b" },
	                                         { DEED_WRITE, "/a/f", "1" }, { DEED_WRITE, "/b/g", "2" }),
	                        .one = ORDERS({ DEED_RENAME, "/a", "/b/a" }),
	                        .other = ORDERS({ DEED_RENAME, "/b", "/a/b" }),
	                        .shown = "/*\n/*/*\n/*/*/*=*\n/*/*=*\n" });
}

static void moved_here_written_there(void **state)
{
	(void)state;
	meet(&(struct meeting){ .before = ORDERS({ DEED_MKDIR, "/d" }, { DEED_WRITE, "/f", "0" }),
	                        .one = ORDERS({ DEED_RENAME, "/f", "/d/g" }),
	                        .other = ORDERS({ DEED_WRITE, "/f", "1" }),
	                        .shown = "/d\n/d/g=1\n" });
}

static void a_file_in_a_removed_folder_brings_it_back(void **state)
{
	(void)state;
	meet(&(struct meeting){ .before = ORDERS({ DEED_MKDIR, "/d" }),
	                        .one = ORDERS({ DEED_RMDIR, "/d" }),
	                        .other = ORDERS({ DEED_WRITE, "/d/f", "1" }),
	                        .shown = "/d\n/d/f=1\n" });
}

static void both_remove(void **state)
{
	(void)state;
	meet(&(struct meeting){ .before = ORDERS({ DEED_MKDIR, "/d" }, { DEED_WRITE, "/d/f", "0" }),
	                        .one = ORDERS({ DEED_UNLINK, "/d/f" }, { DEED_RMDIR, "/d" }),
	                        .other = ORDERS({ DEED_UNLINK, "/d/f" }),
	                        .shown = "" });
}

static void exchanged_here_renamed_there(void **state)
{
	(void)state;
	meet(&(struct meeting){ .before = ORDERS({ DEED_WRITE, "/a", "1" }, { DEED_WRITE, "/b", "2" }),
	                        .one = ORDERS({ DEED_EXCHANGE, "/a", "/b" }),
	                        .other = ORDERS({ DEED_LINK, "/a", "/c" }),
	                        .shown = "/a=2\n/b=1\n/c=1\n" });
}

static void saved_by_rename_on_both(void **state)
{
	(void)state;
	meet(&(struct meeting){ .before = ORDERS({ DEED_WRITE, "/f", "0" }),
	                        .one = ORDERS({ DEED_WRITE, "/t1", "1" }, { DEED_RENAME, "/t1", "/f" }),
	                        .other = ORDERS({ DEED_WRITE, "/t2", "2" }, { DEED_RENAME, "/t2", "/f" }),
	                        .shown = "/f=*\n/f (conflict *)=*\n" });
}

/* -- whatever they do, and whatever happens ---------------------------------------------------------------------- */

static void do_something(struct ship *d, uint64_t *seed)
{
	static const char *const paths[] = { "/a",   "/b",   "/a/c",   "/b/a",   "/f",
		                             "/a/f", "/b/f", "/a/c/f", "/g.txt", "/a/g.txt" };
	static const char *const texts[] = { "", "1", "22", "333" };
	enum deed deed = one_in(seed, 2) ? DEED_WRITE : (enum deed)pick(seed, DEEDS);
	struct order o = { deed, paths[pick(seed, ARRAY_LEN(paths))], paths[pick(seed, ARRAY_LEN(paths))] };
	if (o.deed == DEED_WRITE) {
		o.other = texts[pick(seed, ARRAY_LEN(texts))];
		o.path = paths[2 + pick(seed, ARRAY_LEN(paths) - 2)];
	}
	(void)ship_do(d, o);
}

/* step_badly: a round of a store that does what it likes, with the power cut in the middle of some. */
static void step_badly(struct fleet *f, struct ship *d, unsigned stale, uint64_t *seed)
{
	struct fault_plan bad = { .error = 60, .lost = 60, .stale = stale };
	bool cut = one_in(seed, 4);
	if (one_in(seed, 3)) /* it answers, and with an error for this or that object */
		bad.error_code = ERR_REFUSED;
	if (one_in(seed, 2))
		fault_set(d->store, &bad);
	if (cut)
		ship_cut_after(d, 1 + pick(seed, 6));
	err_t e = sync_step(d->sync);
	bool lacks = stale && (e == ERR_FORK || e == ERR_DAMAGED); /* it showed nothing where something is */
	assert_true(!e || e == ERR_NET || e == ERR_TIMEOUT || e == ERR_REFUSED || lacks);
	fault_set(d->store, &(struct fault_plan){ 0 });
	if (cut || one_in(seed, 10))
		ship_crash(f, d);
}

static void begin_wild(struct fleet *f, uint64_t *seed)
{
	fleet_new(f, &vault);
	f->d[0].sync->c.checkpoint_min = f->d[0].checkpoint_min = 5000;
	ship_must(&f->d[0], DEED_MKDIR, "/a", NULL);
	ship_must(&f->d[0], DEED_MKDIR, "/b", NULL);
	ship_step(&f->d[0]);
	for (unsigned i = 1 + pick(seed, 2); i; i--)
		(void)fleet_join(f, "travel");
}

static void in_the_end_all_show_the_same(void **state)
{
	uint64_t seed = random_seed();
	(void)state;
	for (unsigned round = 0; round < random_rounds(8, 300); round++) {
		struct fleet f;
		begin_wild(&f, &seed);
		for (unsigned i = 0; i < 60; i++) {
			struct ship *d = &f.d[pick(&seed, (unsigned)f.n)];
			do_something(d, &seed);
			if (one_in(&seed, 3))
				step_badly(&f, d, 150, &seed);
			if (i == 40)
				(void)fleet_join(&f, "late");
		}
		fleet_settle(&f);
		(void)fleet_join(&f, "last");
		fleet_settle(&f);
		fleet_same(&f);
		fleet_free(&f);
	}
}

/* -- what the store loses ---------------------------------------------------------------------------------------- */

/* lose_newest: the store loses a's newest commit. */
static void lose_newest(struct fleet *f, struct ship *a, char name[OBJECT_NAME])
{
	cleanup(epoch_wipe) struct epoch epoch = { 0 };
	ok(epoch_open(f->v->keyring, 1, &epoch));
	ok(name_commit(&epoch.names, ship_stream(a), a->sync->st.n, 0, name));
	ok(store_del_sync(f->shared, name));
}

/* A full store, or one that may only be read, lost a commit of ours: what others write is shown all the same. */
static void a_store_that_takes_nothing_again_hides_no_news(void **state)
{
	(void)state;
	for (unsigned opening = 0; opening < 2; opening++) {
		cleanup(buf_free) struct buf there = BUF_INIT;
		char name[OBJECT_NAME];
		struct fleet f;
		fleet_new(&f, &vault);
		struct ship *a = &f.d[0], *b = fleet_join(&f, "travel");
		ship_must(a, DEED_WRITE, "/f", "0");
		fleet_settle(&f);
		lose_newest(&f, a, name);
		ship_must(b, DEED_WRITE, "/g", "1");
		ship_step(b);
		if (opening)
			ship_crash(&f, a);
		fault_set(a->store, &(struct fault_plan){ FAULT_PUT, 1000, .error_code = ERR_STOREFULL });
		for (unsigned i = 0; i < 2; i++)
			assert_int_equal(sync_step(a->sync), ERR_STOREFULL);
		assert_true(ship_has(a, "/g") && ship_alarmed(a, "does not take it again"));
		assert_true(a->sync->own_checked);
		fault_set(a->store, &(struct fault_plan){ 0 });
		fleet_settle(&f);
		ok(store_get_sync(f.shared, name, 0, 0, 0, &there));
		fleet_same(&f);
		fleet_free(&f);
	}
}

/* lose_chunk: the first of d's newest checkpoint. */
static void lose_chunk(struct fleet *f, struct ship *d)
{
	cleanup(buf_free) struct buf refs = BUF_INIT;
	char name[OBJECT_NAME];
	ok(checkpoint_refs(d->sync, &refs));
	assert_true(refs.len > ID_LEN);
	name_id(id_from(refs.p), name);
	ok(store_del_sync(f->shared, name));
}

/* What it covers is asked for no more; so whoever joins must get it by a checkpoint that is whole. */
static void a_checkpoint_that_lost_a_chunk_is_made_anew(void **state)
{
	struct fleet f;
	char name[OBJECT_NAME];
	(void)state;
	for (unsigned again = 0; again < 2; again++) {
		fleet_new(&f, &vault);
		struct ship *a = &f.d[0], *b = fleet_join(&f, "travel");
		ship_must(b, DEED_WRITE, "/b", "0");
		fleet_settle(&f);
		a->sync->c.checkpoint_min = a->checkpoint_min = 1;
		ship_must(a, DEED_WRITE, "/a", "1");
		ship_step(a);
		assert_true(a->sync->st.announced.epoch != 0);
		a->sync->c.checkpoint_min = a->checkpoint_min = UINT32_MAX;
		lose_newest(&f, b, name);
		lose_chunk(&f, a);
		if (again)
			ship_crash(&f, a);
		ship_step(a);
		assert_true(ship_alarmed(a, "another follows"));
		ship_step(a);
		struct ship *late = fleet_join(&f, "new");
		cleanup_free char *list = ship_list(late);
		assert_string_equal(list, "/a=1\n/b=0\n");
		fleet_settle(&f);
		fleet_same(&f);
		fleet_free(&f);
	}
}

/* requests_of: of a round that somebody waits for. */
static uint64_t requests_of(struct ship *d)
{
	uint64_t before = fault_counts(d->store).requests;
	ship_step(d);
	return fault_counts(d->store).requests - before;
}

/* Who waits for a change does not wait for each chunk of the checkpoint every time. */
static void looks_at_a_checkpoint_are_rare(void **state)
{
	int64_t now = NS_PER_S, later = 301 * NS_PER_S;
	const struct clock clock = { standing, standing, &now };
	struct fleet f;
	(void)state;
	fleet_new(&f, &vault);
	f.clock = &clock;
	ship_crash(&f, &f.d[0]); /* which opens it under that clock */
	struct ship *a = &f.d[0];
	a->sync->c.checkpoint_min = a->checkpoint_min = 1;
	ship_must(a, DEED_WRITE, "/a", "1");
	ship_step(a);
	assert_true(a->sync->st.announced.epoch != 0);
	a->sync->c.checkpoint_min = a->checkpoint_min = UINT32_MAX;
	for (unsigned i = 0; i < 3; i++)
		ship_step(a);
	now += later;
	uint64_t without = requests_of(a);
	now += later;
	assert_true(requests_of(a) > without);
	now += later;
	assert_int_equal(requests_of(a), without);
	fleet_free(&f);
}

/* -- a state that was restored or copied ------------------------------------------------------------------------- */

static void assert_two_streams_of_one_device(struct ship *d, uint64_t one, uint64_t other)
{
	cleanup(buf_free) struct buf before = BUF_INIT, now = BUF_INIT;
	struct sync_status st;
	assert_int_equal(who_name(d->map, one, &before), ERR_OK);
	assert_int_equal(who_name(d->map, other, &now), ERR_OK);
	assert_true(now.len);
	assert_int_equal(span_cmp(buf_span(&before), buf_span(&now)), 0);
	assert_int_equal(who_name(d->map, 1, &now), ERR_NOTFOUND);
	sync_status(d->sync, &st);
	assert_int_equal(st.devices, 3);
}

static void a_restored_backup_goes_on_as_a_new_stream(void **state)
{
	struct fleet f;
	struct base *before = NULL;
	(void)state;
	fleet_new(&f, &vault);
	struct ship *a = &f.d[0], *b = fleet_join(&f, "travel");
	ship_must(a, DEED_WRITE, "/f", "0");
	fleet_settle(&f);
	ship_must(a, DEED_WRITE, "/unpublished", "1");
	backup(a, &before);
	ship_must(a, DEED_WRITE, "/f", "1");
	ship_must(a, DEED_WRITE, "/later", "2");
	ship_step(a);
	ship_must(a, DEED_WRITE, "/later still", "3");
	ship_step(a);
	ship_must(b, DEED_WRITE, "/g", "4");
	fleet_settle(&f);
	restore(&f, a, before);
	ship_must(a, DEED_WRITE, "/restored", "5");
	uint64_t former = a->number;
	ship_step(a);
	assert_true(ship_alarmed(a, "goes on as a new stream"));
	fleet_settle(&f);
	ship_crash(&f, a);
	assert_true(a->number != former);
	ship_must(a, DEED_WRITE, "/restored", "6");
	(void)fleet_join(&f, "new");
	fleet_settle(&f);
	fleet_same(&f);
	cleanup_free char *list = ship_list(b);
	assert_string_equal(list, "/f=1\n/g=4\n/later=2\n/later still=3\n/restored=6\n/unpublished=1\n");
	assert_two_streams_of_one_device(b, former, a->number);
	fleet_free(&f);
}

/* plant: contents in the place of a's next commit, by whoever has that seed. */
static void plant(struct fleet *f, struct ship *a, struct span contents, const struct key *seed)
{
	cleanup(epoch_wipe) struct epoch epoch = { 0 };
	cleanup(buf_free) struct buf bytes = BUF_INIT;
	char name[OBJECT_NAME];
	struct hash hash;
	ok(epoch_open(f->v->keyring, 1, &epoch));
	ok(name_commit(&epoch.names, ship_stream(a), a->sync->st.n + 1, 0, name));
	struct object_place at = epoch_place(&epoch, OBJECT_COMMIT, name);
	ok(object_seal(&at, contents, seed, &bytes, &hash));
	ok(store_put_sync(f->shared, name, buf_span(&bytes)));
}

/* own_commit: the contents of a's newest. */
static void own_commit(struct fleet *f, struct ship *a, struct buf *contents)
{
	cleanup(epoch_wipe) struct epoch epoch = { 0 };
	cleanup(buf_free) struct buf bytes = BUF_INIT;
	char name[OBJECT_NAME];
	uint8_t sig[SIG_LEN];
	struct hash hash;
	ok(epoch_open(f->v->keyring, 1, &epoch));
	ok(name_commit(&epoch.names, ship_stream(a), a->sync->st.n, 0, name));
	struct object_place at = epoch_place(&epoch, OBJECT_COMMIT, name);
	ok(store_get_sync(f->shared, name, 0, 0, 0, &bytes));
	ok(object_open(&at, buf_span(&bytes), contents, &hash, sig));
}

/* A member knows the names and keys of all places: what it puts there ends nobody's stream. */
static void another_member_ends_no_stream(void **state)
{
	struct fleet f;
	(void)state;
	for (unsigned replay = 0; replay < 2; replay++) {
		cleanup(buf_free) struct buf contents = BUF_INIT;
		fleet_new(&f, &vault);
		struct ship *a = &f.d[0], *b = fleet_join(&f, "travel");
		ship_must(a, DEED_WRITE, "/f", "0");
		fleet_settle(&f);
		own_commit(&f, a, &contents);
		plant(&f, a, buf_span(&contents), replay ? &a->seed : &b->seed);
		ship_crash(&f, a);
		ship_must(a, DEED_WRITE, "/f", "1");
		fleet_settle(&f);
		assert_string_equal(ship_said(a), "");
		fleet_same(&f);
		cleanup_free char *list = ship_list(b);
		assert_string_equal(list, "/f=1\n");
		fleet_free(&f);
	}
}

/* A copy that runs beside the one it was made of. */
static void a_copy_goes_on_as_a_new_stream(void **state)
{
	struct fleet f;
	(void)state;
	struct ship *a = fleet_begin(&f);
	struct ship *b = copy_of(&f, a);
	ship_must(a, DEED_WRITE, "/f", "1");
	ship_must(b, DEED_WRITE, "/f", "2");
	ship_step(a);
	ship_step(b);
	assert_true(ship_alarmed(b, "goes on as a new stream") && !*ship_said(a));
	ship_must(a, DEED_WRITE, "/a", "3");
	ship_must(b, DEED_WRITE, "/b", "4");
	fleet_settle(&f);
	fleet_same(&f);
	cleanup_free char *list = ship_list(a);
	assert_true(fits("/a=3\n/b=4\n/f=*\n/f (conflict *)=*\n", list) ||
	            fits("/a=3\n/b=4\n/f (conflict *)=*\n/f=*\n", list));
	fleet_free(&f);
}

/* backup_at_any_time: also with something that is closed, or queued and not sent. */
static void backup_at_any_time(struct ship *d, struct base **ret, uint64_t *seed)
{
	if (one_in(seed, 2) && d->sync->own_checked && !sync_closed(d->sync) && incarnation_may(d->sync)) {
		err_t e = close_run(d->sync);
		if (!e) {
			do_something(d, seed);
			e = one_in(seed, 2) ? publish_finish(d->sync) : ERR_OK;
		}
		assert_true(e == ERR_OK || e == ERR_NOTFOUND);
	}
	backup(d, ret);
}

/* Backups, as they are taken and restored at any time; and the power is cut. The store shows what it has: who is not
 * shown what it wrote, writes it again. */
static void whatever_is_restored(void **state)
{
	uint64_t seed = random_seed();
	(void)state;
	for (unsigned round = 0; round < random_rounds(6, 200); round++) {
		struct base *saved[FLEET_MAX] = { NULL };
		struct fleet f;
		begin_wild(&f, &seed);
		for (unsigned i = 0; i < 80; i++) {
			size_t at = pick(&seed, (unsigned)f.n);
			struct ship *d = &f.d[at];
			do_something(d, &seed);
			if (one_in(&seed, 3))
				step_badly(&f, d, 0, &seed);
			if (!saved[at] && one_in(&seed, 8))
				backup_at_any_time(d, &saved[at], &seed);
			if (saved[at] && one_in(&seed, 12))
				restore(&f, d, steal_ptr(saved[at]));
		}
		fleet_settle(&f);
		fleet_same(&f);
		for (size_t i = 0; i < FLEET_MAX; i++)
			if (saved[i])
				restore(&f, &f.d[i], saved[i]);
		fleet_settle(&f);
		fleet_same(&f);
		fleet_free(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_device_and_a_joiner),
		cmocka_unit_test(both_edit),
		cmocka_unit_test(an_edit_beats_a_removal),
		cmocka_unit_test(one_name_twice),
		cmocka_unit_test(the_same_twice_is_shown_once),
		cmocka_unit_test(two_folders_of_one_name_are_one),
		cmocka_unit_test(folders_moved_into_each_other),
		cmocka_unit_test(moved_here_written_there),
		cmocka_unit_test(a_file_in_a_removed_folder_brings_it_back),
		cmocka_unit_test(both_remove),
		cmocka_unit_test(exchanged_here_renamed_there),
		cmocka_unit_test(saved_by_rename_on_both),
		cmocka_unit_test(a_restored_backup_goes_on_as_a_new_stream),
		cmocka_unit_test(another_member_ends_no_stream),
		cmocka_unit_test(a_store_that_takes_nothing_again_hides_no_news),
		cmocka_unit_test(a_checkpoint_that_lost_a_chunk_is_made_anew),
		cmocka_unit_test(looks_at_a_checkpoint_are_rare),
		cmocka_unit_test(a_copy_goes_on_as_a_new_stream),
		cmocka_unit_test(in_the_end_all_show_the_same),
		cmocka_unit_test(whatever_is_restored),
	};
	return cmocka_run_group_tests(tests, vault_begin, vault_end);
}

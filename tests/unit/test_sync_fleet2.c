/* SPDX-License-Identifier: MIT
 * Whole devices on format 2: what two or more do at once, and what all show in the end.
 */
#include "tests/sync_fleet2.h"

static struct vault2 vault;

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
	struct fleet2 f;
	fleet2_new(&f, &vault);
	carry_out(&f.d[0], m->before);
	ship_step(&f.d[0]);
	(void)fleet2_join(&f, "travel");
	fleet2_settle(&f);
	fleet2_same(&f);
	carry_out(&f.d[0], m->one);
	carry_out(&f.d[1], m->other);
	fleet2_settle(&f);
	fleet2_same(&f);
	(void)fleet2_join(&f, "new");
	fleet2_settle(&f);
	fleet2_same(&f);
	cleanup_free char *list = ship_list(&f.d[0]);
	if (!fits(m->shown, list))
		fail_msg("shown:\n%swanted:\n%s", list, m->shown);
	fleet2_free(&f);
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
static void step_badly(struct fleet2 *f, struct ship *d, uint64_t *seed)
{
	static const struct fault_plan bad = { .error = 60, .lost = 60, .stale = 150 };
	bool cut = one_in(seed, 4);
	if (one_in(seed, 2))
		fault_set(d->store, &bad);
	if (cut)
		ship_cut_after(d, 1 + pick(seed, 6));
	err_t e = sync_step(d->sync);
	assert_true(e == ERR_OK || e == ERR_NET || e == ERR_TIMEOUT);
	fault_set(d->store, &(struct fault_plan){ 0 });
	if (cut || one_in(seed, 10))
		ship_crash(f, d);
}

static void begin_wild(struct fleet2 *f, uint64_t *seed)
{
	fleet2_new(f, &vault);
	f->d[0].sync->c.checkpoint_min = f->d[0].checkpoint_min = 5000;
	ship_must(&f->d[0], DEED_MKDIR, "/a", NULL);
	ship_must(&f->d[0], DEED_MKDIR, "/b", NULL);
	ship_step(&f->d[0]);
	for (unsigned i = 1 + pick(seed, 2); i; i--)
		(void)fleet2_join(f, "travel");
}

static void in_the_end_all_show_the_same(void **state)
{
	uint64_t seed = random_seed();
	(void)state;
	for (unsigned round = 0; round < random_rounds(8, 300); round++) {
		struct fleet2 f;
		begin_wild(&f, &seed);
		for (unsigned i = 0; i < 60; i++) {
			struct ship *d = &f.d[pick(&seed, (unsigned)f.n)];
			do_something(d, &seed);
			if (one_in(&seed, 3))
				step_badly(&f, d, &seed);
			if (i == 40)
				(void)fleet2_join(&f, "late");
		}
		fleet2_settle(&f);
		(void)fleet2_join(&f, "last");
		fleet2_settle(&f);
		fleet2_same(&f);
		fleet2_free(&f);
	}
}

static int vault_begin(void **state)
{
	(void)state;
	vault2_make(&vault);
	return 0;
}

static int vault_end(void **state)
{
	(void)state;
	vault2_free(&vault);
	return 0;
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
		cmocka_unit_test(in_the_end_all_show_the_same),
	};
	return cmocka_run_group_tests(tests, vault_begin, vault_end);
}

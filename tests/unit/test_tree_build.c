/* SPDX-License-Identifier: MIT
 * The shown tree of records made by hand: a test for each rule of docs/join.md, section 4.
 */
#include "tests/unit/tree_util.h"
#include "vault/tree/copy.h"

#include <time.h>

#define ROOT INO_ROOT

static void files_and_directories(void **state)
{
	(void)state;
	cleanup(ends) struct some s;
	begin(&s);
	dir(&s, 10, ROOT, "d", 1);
	dir(&s, 11, 10, "e", 2);
	file(&s, 12, 11, "f", 3, 'x');
	file(&s, 13, ROOT, "g", 4, 'x');
	shows(&s, "d=10(e=11(f=12)) g=13");
	cleanup(buf_free) struct buf path = BUF_INIT;
	assert_int_equal(tree_path(s.t, 11, &path), ERR_OK);
	assert_int_equal(span_cmp(buf_span(&path), span_str("/d/e")), 0);
}

static void a_cycle_of_two(void **state)
{
	(void)state;
	cleanup(ends) struct some s;
	begin(&s);
	moved(&s, 10, spot(11, "a"), 5, spot(ROOT, "a"));
	moved(&s, 11, spot(10, "b"), 6, spot(ROOT, "b"));
	shows(&s, "b=11(a=10())");
	struct tree_inos voided;
	assert_int_equal(tree_voided(s.t, &voided), ERR_OK);
	assert_int_equal(voided.n, 1);
	assert_int_equal(voided.v[0], 11);
}

static void a_cycle_of_three_and_its_way_back(void **state)
{
	(void)state;
	cleanup(ends) struct some s;
	begin(&s);
	moved(&s, 10, spot(11, "a"), 5, spot(ROOT, "a"));
	moved(&s, 11, spot(12, "b"), 6, spot(ROOT, "b"));
	moved(&s, 12, spot(10, "c"), 7, spot(10, "old"));
	/* back is below itself; so the place before of that directory */
	shows(&s, "old=12(b=11(a=10()))");
}

static void places_before_that_lead_in_a_circle_end_in_the_root(void **state)
{
	(void)state;
	cleanup(ends) struct some s;
	begin(&s);
	moved(&s, 10, spot(11, "a"), 5, spot(11, "a"));
	moved(&s, 11, spot(10, "b"), 6, spot(10, "b"));
	shows(&s, "b=11(a=10())");
}

static void a_move_that_closes_no_cycle_counts_beside_a_void_one(void **state)
{
	(void)state;
	cleanup(ends) struct some s;
	begin(&s);
	moved(&s, 10, spot(11, "a"), 5, spot(ROOT, "a"));
	moved(&s, 11, spot(10, "b"), 6, spot(ROOT, "b"));
	dir(&s, 12, ROOT, "d", 1);
	moved(&s, 13, spot(12, "m"), 8, spot(ROOT, "m"));
	shows(&s, "b=11(a=10()) d=12(m=13())");
}

static void a_removed_directory_goes(void **state)
{
	(void)state;
	cleanup(ends) struct some s;
	begin(&s);
	add_inode(&s, 10, 4);
	add_removed(&s, place(10, 0, spot(ROOT, "d"), 1), 2, NULL, 0);
	dir(&s, 11, ROOT, "e", 1);
	shows(&s, "e=11()");
	const struct tree_dir *d;
	assert_int_equal(tree_dir(s.t, 10, &d), ERR_NOTFOUND);
}

static void a_removed_directory_with_something_live_in_it_stays(void **state)
{
	(void)state;
	cleanup(ends) struct some s;
	begin(&s);
	add_inode(&s, 10, 4);
	add_removed(&s, place(10, 0, spot(ROOT, "d"), 1), 9, NULL, 0);
	add_inode(&s, 11, 4);
	add_removed(&s, place(11, 0, spot(10, "e"), 1), 9, NULL, 0);
	file(&s, 12, 11, "f", 3, 'x');
	shows(&s, "d=10(e=11(f=12))");
	bool revived;
	assert_int_equal(tree_is_revived(s.t, 10, &revived), ERR_OK);
	assert_true(revived);
}

static void a_removed_file_goes_with_what_its_remover_saw(void **state)
{
	(void)state;
	cleanup(ends) struct some s;
	begin(&s);
	struct version_id seen[] = { ver(1, 'x') };
	add_inode(&s, 10, 8);
	add_removed(&s, place(10, 0, spot(ROOT, "f"), 1), 9, seen, 1);
	add_version(&s, 10, seen[0], seen[0]);
	shows(&s, "");
}

static void an_edit_that_no_remover_saw_stays_alone(void **state)
{
	(void)state;
	cleanup(ends) struct some s;
	begin(&s);
	struct version_id seen[] = { ver(1, 'x') };
	add_inode(&s, 10, 8);
	add_removed(&s, place(10, 0, spot(ROOT, "f"), 1), 9, seen, 1);
	add_version(&s, 10, seen[0], seen[0]);
	add_version(&s, 10, ver(8, 'y'), ver(8, 'y'));
	shows(&s, "f=10");
	const struct tree_file *f;
	assert_int_equal(tree_file(s.t, 10, &f), ERR_OK);
	assert_int_equal(f->shown_n, 1);
	assert_int_equal(f->versions_n, 2);
	assert_int_equal(f->versions[0].id.tag.b[0], 'y');
	assert_false(f->versions[1].live);
}

static void revived_at(uint64_t via, uint64_t dir_of_first, const char *text)
{
	cleanup(ends) struct some s;
	begin(&s);
	add_inode(&s, 9, 4);
	add_removed(&s, place(9, 0, spot(ROOT, "gone"), 1), 2, NULL, 0);
	add_inode(&s, 10, 8);
	add_removed(&s, place(10, 0, spot(dir_of_first, "first"), 1), 7, NULL, 0);
	add_removed(&s, place(10, 5, spot(ROOT, "five"), 1), 9, NULL, 0);
	add_removed(&s, place(10, 6, spot(ROOT, "six"), 1), 8, NULL, 0);
	struct version_rec v = { .ino = 10, .id = ver(8, 'y'), .root = ver(8, 'y'), .via = via };
	assert_int_equal(tree_add_version(s.t, &v), ERR_OK);
	shows(&s, text);
}

static void one_link_is_revived(void **state)
{
	(void)state;
	revived_at(6, ROOT, "six=10");
	revived_at(0, ROOT, "first=10");
	revived_at(0, 9, "five=10"); /* not in a removed directory; then removed last */
	revived_at(99, ROOT, "five=10");
}

static void directories_of_one_name_are_united_all_the_way(void **state)
{
	(void)state;
	cleanup(ends) struct some s;
	begin(&s);
	dir(&s, 10, ROOT, "d", 1);
	dir(&s, 11, ROOT, "d", 2);
	dir(&s, 12, 10, "e", 3);
	dir(&s, 13, 11, "e", 4);
	file(&s, 14, 12, "x", 5, 'x');
	file(&s, 15, 13, "y", 6, 'y');
	file(&s, 16, ROOT, "d", 7, 'z'); /* a directory keeps its name before any file */
	shows(&s, "d=10(e=12(x=14 y=15)) d (conflict A 7)=16");
	const struct tree_dir *d;
	assert_int_equal(tree_dir(s.t, 13, &d), ERR_OK);
	assert_int_equal(d->ino, 12);
	assert_int_equal(d->members_n, 2);
}

static void a_revived_member_gives_no_identity(void **state)
{
	(void)state;
	cleanup(ends) struct some s;
	begin(&s);
	add_inode(&s, 10, 4);
	add_removed(&s, place(10, 0, spot(ROOT, "d"), 1), 9, NULL, 0);
	file(&s, 12, 10, "f", 3, 'x');
	dir(&s, 11, ROOT, "d", 2);
	shows(&s, "d=11(f=12)");
}

static void the_greatest_seat_has_the_name(void **state)
{
	(void)state;
	cleanup(ends) struct some s;
	begin(&s);
	file(&s, 10, ROOT, "a.tar.gz", 5, 'x');
	file(&s, 11, ROOT, "a.tar.gz", 7, 'y');
	struct link_rec l = place(12, 0, spot(ROOT, "a.tar.gz"), 3);
	l.where.seat = (struct seat){ at(7), 1 };
	add_inode(&s, 12, 8);
	add_link(&s, &l);
	add_version(&s, 12, ver(3, 'z'), ver(3, 'z'));
	shows(&s, "a (conflict A 5).tar.gz=10 a (conflict A 7).tar.gz=11 a.tar.gz=12");
	const struct tree_entry *e;
	bool leans;
	assert_int_equal(tree_lookup(s.t, ROOT, span_str("a (conflict A 5).tar.gz"), &e), ERR_OK);
	assert_int_equal(tree_leans(s.t, e, span_str("a.tar.gz"), &leans), ERR_OK);
	assert_true(leans);
	assert_int_equal(tree_leans(s.t, e, span_str("a (conflict A 7).tar.gz"), &leans), ERR_OK);
	assert_false(leans);
}

static void conflict_names_are_counted_past_what_is_taken(void **state)
{
	(void)state;
	cleanup(ends) struct some s;
	begin(&s);
	file(&s, 10, ROOT, "a", 9, 'x');
	file(&s, 11, ROOT, "a", 5, 'y');
	file(&s, 12, ROOT, "a (conflict A 5)", 6, 'z');
	dir(&s, 13, ROOT, "a (conflict A 5) 2", 6);
	shows(&s, "a=10 a (conflict A 5)=12 a (conflict A 5) 2=13() a (conflict A 5) 3=11");
	const struct tree_entry *e;
	bool leans;
	assert_int_equal(tree_lookup(s.t, ROOT, span_str("a (conflict A 5) 3"), &e), ERR_OK);
	assert_int_equal(tree_leans(s.t, e, span_str("a (conflict A 5) 2"), &leans), ERR_OK);
	assert_true(leans);
	assert_int_equal(tree_leans(s.t, e, span_str("a (conflict A 5) 3"), &leans), ERR_OK);
	assert_false(leans);
}

static void equal_files_and_links_of_one_file_show_once(void **state)
{
	(void)state;
	cleanup(ends) struct some s;
	begin(&s);
	file(&s, 10, ROOT, "a", 9, 'x');
	file(&s, 11, ROOT, "a", 5, 'x');
	struct link_rec l = place(10, 7, spot(ROOT, "a"), 3);
	add_link(&s, &l);
	l = place(11, 8, spot(ROOT, "b"), 3);
	add_link(&s, &l);
	shows(&s, "a=10 b=11");
	const struct tree_entry *e;
	unsigned nlink;
	assert_int_equal(tree_lookup(s.t, ROOT, span_str("a"), &e), ERR_OK);
	assert_int_equal(e->hidden_n, 2);
	assert_int_equal(e->hidden[0]->ino, 11);
	assert_int_equal(e->hidden[1]->lid, 7);
	assert_int_equal(tree_nlink(s.t, e, &nlink), ERR_OK);
	assert_int_equal(nlink, 1);
}

static void devices_are_never_equal(void **state)
{
	(void)state;
	cleanup(ends) struct some s;
	begin(&s);
	for (uint64_t ino = 10; ino < 12; ino++) {
		struct link_rec l = place(ino, 0, spot(ROOT, "pipe"), ino);
		add_inode(&s, ino, 1);
		add_link(&s, &l);
		add_version(&s, ino, ver(ino, 0), ver(ino, 0));
	}
	shows(&s, "pipe=11 pipe (conflict A 10)=10");
}

static void siblings_stand_beside_the_first_live_link(void **state)
{
	(void)state;
	cleanup(ends) struct some s;
	begin(&s);
	file(&s, 10, ROOT, "a.txt", 1, 'x');
	add_version(&s, 10, ver(8, 'y'), ver(3, 'y'));
	add_version(&s, 10, ver(6, 'z'), ver(4, 'z'));
	add_version(&s, 10, ver(7, 'y'), ver(2, 'y')); /* equal to one already shown */
	struct link_rec l = place(10, 7, spot(ROOT, "b"), 3);
	add_link(&s, &l);
	shows(&s, "a (conflict A 1).txt=10s a (conflict A 3).txt=10s a.txt=10 b=10");
	const struct tree_file *f;
	assert_int_equal(tree_file(s.t, 10, &f), ERR_OK);
	assert_int_equal(f->versions[0].root.stamp.lamport, 4);
	assert_null(f->versions[0].entry);
	assert_non_null(f->versions[1].entry);
	assert_null(f->versions[2].entry);
}

static void what_comes_late_on_a_branch_finds_its_copy(void **state)
{
	(void)state;
	cleanup(ends) struct some s;
	begin(&s);
	struct version_id root = ver(2, 'y');
	struct copy copy;
	assert_int_equal(copy_of(10, &root, false, &copy), ERR_OK);
	assert_true(copy.ino == UINT64_C(0xb24accbb66895454)); /* of the hash 0x324a...: no reserved number */
	assert_int_equal(copy.birth.b[15], 0x39);
	file(&s, 10, ROOT, "a", 1, 'x');
	struct link_rec l = place(copy.ino, 0, spot(ROOT, "mine"), 2);
	struct inode_head h = { .ino = copy.ino, .type = 8, .birth = copy.birth };
	assert_int_equal(copy_origin(copy.birth), 10);
	assert_int_equal(tree_add_inode(s.t, &h), ERR_OK);
	add_link(&s, &l);
	add_version(&s, 10, ver(9, 'z'), root);
	assert_int_equal(tree_derive(s.t), ERR_OK);
	const struct tree_version *v;
	struct version_id id = ver(9, 'z');
	assert_int_equal(tree_version(s.t, 10, &id, &v), ERR_NOTFOUND);
	assert_int_equal(tree_version(s.t, copy.ino, &id, &v), ERR_OK);
	assert_int_equal(v->home, 10);
}

static void with_half(struct some *s, uint64_t life_of_partner, const char *text)
{
	begin(s);
	file(s, 10, ROOT, "a", life_of_partner, 'x');
	struct link_rec l = place(11, 0, spot(ROOT, "b"), 5);
	l.where.has_half = true;
	l.where.half = (struct half){ { 10, 0, at(5) }, spot(ROOT, "before"), { at(3), 0 } };
	add_inode(s, 11, 8);
	add_link(s, &l);
	add_version(s, 11, ver(3, 'y'), ver(3, 'y'));
	shows(s, text);
	struct tree_links bound;
	assert_int_equal(tree_bound(s->t, 10, 0, &bound), ERR_OK);
	assert_int_equal(bound.n, 1);
	assert_int_equal(bound.v[0]->ino, 11);
	ends(s);
}

static void half_of_an_exchange_holds_while_its_partner_stays(void **state)
{
	(void)state;
	struct some s;
	with_half(&s, 5, "a=10 b=11");
	with_half(&s, 6, "a=10 before=11");
}

static void replaced_by(struct some *s, uint64_t life, const char *text)
{
	begin(s);
	file(s, 10, ROOT, "a", life, 'x');
	struct version_id seen[] = { ver(3, 'y') };
	struct replacement r = { { 10, 0, at(5) }, { seen, 1, 1 } };
	struct link_rec l = place(11, 0, spot(ROOT, "b"), 3);
	l.replaced = &r;
	l.replaced_n = 1;
	add_inode(s, 11, 8);
	add_link(s, &l);
	add_version(s, 11, seen[0], seen[0]);
	shows(s, text);
	ends(s);
}

static void a_replacement_holds_while_what_came_stays(void **state)
{
	(void)state;
	struct some s;
	replaced_by(&s, 5, "a=10");
	replaced_by(&s, 6, "a=10 b=11");
}

static void what_hangs_nowhere_is_in_lost_and_found(void **state)
{
	(void)state;
	cleanup(ends) struct some s;
	begin(&s);
	file(&s, 10, 99, "a", 1, 'x'); /* a directory that is not there */
	file(&s, 11, 10, "b", 1, 'y'); /* a file */
	dir(&s, 12, 98, "c", 1);
	dir(&s, 13, 13, "itself", 1);
	dir(&s, 14, 15, "d", 1); /* a circle that no move made */
	dir(&s, 15, 14, "e", 1);
	file(&s, 16, 15, "f", 1, 'z');
	shows(&s, "lost+found=2(a=10 b=11 c=12() e=15(d=14() f=16) itself=13())");
}

static void lost_and_found_is_united_with_one_that_somebody_made(void **state)
{
	(void)state;
	cleanup(ends) struct some s;
	begin(&s);
	dir(&s, 10, ROOT, "lost+found", 1);
	file(&s, 11, 99, "a", 1, 'x');
	shows(&s, "lost+found=10(a=11)");
}

static void records_that_mean_nothing_show_nothing(void **state)
{
	(void)state;
	cleanup(ends) struct some s;
	begin(&s);
	struct link_rec l = place(ROOT, 0, spot(10, "root"), 1);
	add_link(&s, &l); /* a root with a place */
	l = place(20, 0, spot(ROOT, "no inode"), 1);
	add_link(&s, &l);
	add_version(&s, 20, ver(1, 'x'), ver(1, 'x'));
	add_inode(&s, 21, 8); /* no link */
	add_version(&s, 21, ver(1, 'x'), ver(1, 'x'));
	add_inode(&s, 22, 8); /* no version */
	l = place(22, 0, spot(ROOT, "empty"), 1);
	add_link(&s, &l);
	add_inode(&s, 23, 4); /* a directory without a first link */
	l = place(23, 5, spot(ROOT, "second"), 1);
	add_link(&s, &l);
	file(&s, 24, 23, "in it", 2, 'x');
	dir(&s, 10, ROOT, "d", 1);
	shows(&s, "d=10() lost+found=2(in it=24)");
}

static void deep_and_wide(void **state)
{
	(void)state;
	cleanup(ends) struct some s;
	begin(&s);
	for (uint64_t i = 0; i < 20000; i++) { /* each a moved directory in the one before it */
		struct link_rec l = place(100 + i, 0, spot(i ? 99 + i : ROOT, "d"), 20000 - i);
		struct inode_head h = { .ino = 100 + i, .type = 4 };
		l.where.has_back = true;
		l.where.back = spot(100 + (i * 7919) % 20000, "d");
		if (i == 0)
			l.where.at.dir = 100 + 19999; /* and all of them a cycle */
		assert_int_equal(tree_add_inode(s.t, &h), ERR_OK);
		add_link(&s, &l);
	}
	for (uint64_t i = 0; i < 50000; i++) { /* all of one name */
		struct link_rec l = place(100000 + i, 0, spot(ROOT, "same"), 1);
		struct inode_head h = { .ino = 100000 + i, .type = 8 };
		assert_int_equal(tree_add_inode(s.t, &h), ERR_OK);
		add_link(&s, &l);
		struct version_id id = ver(1, 1);
		memcpy(id.tag.b, &i, sizeof(i));
		add_version(&s, 100000 + i, id, id);
	}
	clock_t before = clock();
	assert_int_equal(tree_derive(s.t), ERR_OK);
	assert_true(clock() - before < 20 * CLOCKS_PER_SEC); /* a fraction of a second; quadratic would be minutes */
	const struct tree_dir *root;
	assert_int_equal(tree_dir(s.t, ROOT, &root), ERR_OK);
	assert_int_equal(root->children_n, 50001);
	tree_check_dirs(s.t, 20000);
}

static uint64_t next(uint64_t *r)
{
	*r ^= *r << 13;
	*r ^= *r >> 7;
	*r ^= *r << 17;
	return *r;
}

static struct stamp some_stamp(uint64_t *r)
{
	return (struct stamp){ next(r) % 5, 1 + next(r) % 2, next(r) % 2 };
}

static struct version_id some_version(uint64_t *r)
{
	return (struct version_id){ some_stamp(r), { { (uint8_t)(next(r) % 3) } } };
}

static struct spot some_spot(uint64_t *r, uint64_t inos)
{
	static const char *const names[] = { "a", "b.txt", "lost+found", "a (conflict A 1)", "a (conflict A 1) 2", "" };
	return spot(next(r) % inos, names[next(r) % ARRAY_LEN(names)]);
}

static void some_link(struct some *s, uint64_t ino, uint64_t lid, uint64_t *r, uint64_t inos)
{
	struct version_id seen[2] = { some_version(r), { some_stamp(r), { { 200 } } } };
	struct replacement by = { { next(r) % inos, next(r) % 3, some_stamp(r) }, { seen, 1, 1 } };
	struct link_rec l = {
		.ino = ino, .lid = lid, .life = some_stamp(r), .replaced = &by, .replaced_n = next(r) % 2
	};
	struct where *w = &l.where;
	*w = (struct where){ .stamp = some_stamp(r), .at = some_spot(r, inos), .seat.stamp = some_stamp(r) };
	w->has_back = next(r) % 2;
	w->back = some_spot(r, inos);
	w->has_half = next(r) % 4 == 0;
	w->half = (struct half){ { next(r) % inos, next(r) % 3, some_stamp(r) },
		                 some_spot(r, inos),
		                 { some_stamp(r), 0 } };
	l.is_removed = next(r) % 3 == 0;
	l.removed = (struct removal){ some_stamp(r), { seen, next(r) % 2, 2 }, some_stamp(r) };
	add_link(s, &l);
}

/* Whatever the records are, there is a tree. */
static void one_hostile_tree(uint64_t seed)
{
	cleanup(ends) struct some s;
	begin(&s);
	uint64_t r = seed * 0x9E3779B97F4A7C15 + 1, inos = 4 + next(&r) % 20;
	static const uint8_t types[] = { 4, 4, 4, 8, 8, 10, 1, 0 };
	for (uint64_t ino = 0; ino < inos; ino++) {
		if (next(&r) % 8)
			add_inode(&s, ino, types[next(&r) % ARRAY_LEN(types)]);
		for (uint64_t lid = 0; lid < 3; lid++)
			if (next(&r) % (1 + 2 * lid) == 0)
				some_link(&s, ino, lid, &r, inos);
		for (uint64_t left = next(&r) % 3, n = 0; n < left; n++) {
			struct version_id id = some_version(&r);
			id.stamp.n = 10 + n; /* no record twice */
			add_version(&s, ino, id, next(&r) % 2 ? id : some_version(&r));
		}
	}
	assert_int_equal(tree_derive(s.t), ERR_OK);
	tree_check(s.t, s.inos, s.n);
}

static void hostile_records_give_a_tree(void **state)
{
	(void)state;
	const char *given = getenv("SEED");
	uint64_t first = given ? strtoull(given, NULL, 10) : (uint64_t)time(NULL);
	print_message("SEED=%" PRIu64 "\n", first);
	for (uint64_t seed = first; seed < first + 5000; seed++)
		one_hostile_tree(seed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_and_directories),
		cmocka_unit_test(a_cycle_of_two),
		cmocka_unit_test(a_cycle_of_three_and_its_way_back),
		cmocka_unit_test(places_before_that_lead_in_a_circle_end_in_the_root),
		cmocka_unit_test(a_move_that_closes_no_cycle_counts_beside_a_void_one),
		cmocka_unit_test(a_removed_directory_goes),
		cmocka_unit_test(a_removed_directory_with_something_live_in_it_stays),
		cmocka_unit_test(a_removed_file_goes_with_what_its_remover_saw),
		cmocka_unit_test(an_edit_that_no_remover_saw_stays_alone),
		cmocka_unit_test(one_link_is_revived),
		cmocka_unit_test(directories_of_one_name_are_united_all_the_way),
		cmocka_unit_test(a_revived_member_gives_no_identity),
		cmocka_unit_test(the_greatest_seat_has_the_name),
		cmocka_unit_test(conflict_names_are_counted_past_what_is_taken),
		cmocka_unit_test(equal_files_and_links_of_one_file_show_once),
		cmocka_unit_test(devices_are_never_equal),
		cmocka_unit_test(siblings_stand_beside_the_first_live_link),
		cmocka_unit_test(what_comes_late_on_a_branch_finds_its_copy),
		cmocka_unit_test(half_of_an_exchange_holds_while_its_partner_stays),
		cmocka_unit_test(a_replacement_holds_while_what_came_stays),
		cmocka_unit_test(what_hangs_nowhere_is_in_lost_and_found),
		cmocka_unit_test(lost_and_found_is_united_with_one_that_somebody_made),
		cmocka_unit_test(records_that_mean_nothing_show_nothing),
		cmocka_unit_test(deep_and_wide),
		cmocka_unit_test(hostile_records_give_a_tree),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

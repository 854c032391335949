/* SPDX-License-Identifier: MIT
 * Local records of the shown tree: after every change those that updates left are those that are derived from scratch,
 * byte for byte. Records are random in small numbers, so that they meet in every way, and join what is there.
 * SEED and STEPS: of the random schedules.
 */
#include "tests/unit/asked_check.h"
#include "tests/unit/shown_random.h"
#include "vault/join/apply.h"
#include "vault/join/draft.h"
#include "vault/join/place.h"
#include "vault/join/shared.h"
#include "vault/join/shared_key.h"
#include "vault/shown/asked.h"
#include "vault/shown/children.h"
#include "vault/shown/rebuild.h"
#include "vault/shown/scratch.h"
#include "vault/shown/shown_key.h"
#include "vault/shown/update.h"
#include "vault/tree/copy.h"

#include <time.h>

struct vault {
	struct records state; /* shared and local */
	struct namehash *hash;
	struct dice dice;
	size_t puts; /* local records that the last update changed */
	bool asks;   /* a tree that reads is looked at, too */
};

static void open_vault(struct vault *v, uint64_t seed)
{
	static const uint8_t key[16] = { 1 };
	*v = (struct vault){ .dice.r = seed * 0x9E3779B97F4A7C15 + 1 };
	v->hash = namehash_new(key);
	assert_non_null(v->hash);
}

static void close_vault(struct vault *v)
{
	records_free(&v->state);
	namehash_freep(&v->hash);
}

static bool is_local(struct span key)
{
	return memchr(shown_kinds, *(const uint8_t *)key.p, SHOWN_KINDS_N);
}

static void show(const char *what, struct span key, struct span value)
{
	fprintf(stderr, "%s ", what);
	for (size_t i = 0; i < key.len; i++)
		fprintf(stderr, "%s%02x", i % 8 == 1 ? " " : "", ((const uint8_t *)key.p)[i]);
	fprintf(stderr, " = ");
	for (size_t i = 0; i < value.len; i++)
		fprintf(stderr, "%02x", ((const uint8_t *)value.p)[i]);
	fprintf(stderr, "\n");
}

static int cmp_ino(const void *x, const void *y)
{
	uint64_t a = *(const uint64_t *)x, b = *(const uint64_t *)y;
	return (a > b) - (a < b);
}

/* One directory, name by name, from some hash on, is what the tree of all records shows there. */
struct told {
	const struct vault *v;
	const struct tree *t;
	uint64_t dir, hash;
	size_t n;
	struct name last;
};

static err_t visit_child(void *ctx, const struct child *c)
{
	struct told *w = ctx;
	const struct tree_entry *x;
	uint64_t number, hash;
	const struct span name = SPAN(c->name.b, c->name.len);
	assert_int_equal(tree_lookup(w->t, w->dir, name, &x), ERR_OK);
	assert_int_equal(tree_number_of(w->t, x, &number), ERR_OK);
	assert_int_equal(shown_hash(w->v->hash, name, &hash), ERR_OK);
	assert_true(number == c->ino && x->type == c->type && hash == c->hash && hash >= w->hash);
	assert_true(w->n == 0 || hash > w->hash || name_cmp(&w->last, &c->name) < 0);
	w->hash = hash;
	w->last = c->name;
	w->n++;
	return ERR_OK;
}

static void check_children(const struct vault *v, const struct context *c, const struct tree *t,
                           const struct tree_dir *d)
{
	size_t want = 0, subdirs = 0;
	uint64_t from = 0, hash, is;
	if (d->children_n > 1)
		assert_int_equal(shown_hash(v->hash, d->children[d->children_n / 2]->name, &from), ERR_OK);
	for (size_t i = 0; i < d->children_n; i++) {
		assert_int_equal(shown_hash(v->hash, d->children[i]->name, &hash), ERR_OK);
		want += hash >= from;
		subdirs += !d->children[i]->version;
	}
	struct told all = { v, t, d->ino, 0, 0, { 0 } }, some = { v, t, d->ino, from, 0, { 0 } };
	const uint64_t member = d->members[d->members_n - 1];
	assert_int_equal(children_visit(c, &naming, (struct children_from){ member, 0 }, visit_child, &all), ERR_OK);
	assert_int_equal(children_visit(c, &naming, (struct children_from){ member, from }, visit_child, &some),
	                 ERR_OK);
	assert_int_equal(all.n, d->children_n);
	assert_int_equal(some.n, want);
	assert_int_equal(children_subdirs(c, &naming, member, &is), ERR_OK);
	assert_int_equal(is, subdirs);
}

static void check_dirs(const struct vault *v, const struct context *c, const struct tree *t, uint64_t dir)
{
	const struct tree_dir *d;
	assert_int_equal(tree_dir(t, dir, &d), ERR_OK);
	check_children(v, c, t, d);
	for (size_t i = 0; i < d->children_n; i++)
		if (!d->children[i]->version)
			check_dirs(v, c, t, d->children[i]->ino);
}

/* Whatever a tree that reads is asked is as in the tree of all records. */
static void check_asked(struct vault *v, const struct tree *t)
{
	const struct view view = records_view(&v->state);
	const struct context c = { &view, &view, v->hash, true };
	cleanup(tree_freep) struct tree *q = NULL;
	cleanup_free uint64_t *inos = calloc(v->state.n + 1, sizeof(*inos));
	struct shared_name name;
	size_t n = 0, kept = 0;
	for (size_t i = 0; i < v->state.n; i++)
		if (shared_key_parse(records_key(v->state.v[i]), &name) == ERR_OK)
			inos[n++] = name.ino;
	qsort(inos, n, sizeof(*inos), cmp_ino);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || inos[kept - 1] != inos[i])
			inos[kept++] = inos[i];
	assert_int_equal(asked_tree(&c, &naming, &q), ERR_OK);
	asked_check(&(struct asked_pair){ t, q, inos, kept });
	check_dirs(v, &c, t, INO_ROOT);
}

static err_t put_part(void *ctx, const struct records *changes)
{
	return records_apply(ctx, changes);
}

/* Built in parts they are those from scratch. */
static void check_rebuilt(const struct vault *v, const struct records *want)
{
	cleanup(records_free) struct records made = RECORDS_INIT;
	const struct view shared = records_view(&v->state), local = records_view(&made);
	assert_int_equal(
	        rebuild_shown(&(struct rebuild){ &shared, &local, v->hash, 1 + v->dice.r % 5, put_part, &made }),
	        ERR_OK);
	for (size_t i = 0; i < want->n && i < made.n; i++)
		assert_int_equal(span_cmp(records_key(want->v[i]), records_key(made.v[i])), 0);
	assert_int_equal(made.n, want->n);
	for (size_t i = 0; i < want->n; i++)
		assert_int_equal(span_cmp(buf_span(&want->v[i]->value), buf_span(&made.v[i]->value)), 0);
}

/* The local records that are there are those of the tree. */
static void check_local(struct vault *v)
{
	cleanup(records_free) struct records want = RECORDS_INIT;
	cleanup(tree_freep) struct tree *t = NULL;
	const struct view view = records_view(&v->state);
	assert_int_equal(tree_build(&view, &naming, &t), ERR_OK);
	assert_int_equal(scratch_shown(t, v->hash, &want), ERR_OK);
	bool same = true;
	for (size_t i = 0; i < v->state.n; i++) {
		struct span key = records_key(v->state.v[i]), value = buf_span(&v->state.v[i]->value);
		const struct records_entry *e = is_local(key) ? records_find(&want, key) : NULL;
		if (!is_local(key) || (e && span_cmp(buf_span(&e->value), value) == 0))
			continue;
		show("updated ", key, value);
		same = false;
	}
	for (size_t i = 0; i < want.n; i++) {
		struct span key = records_key(want.v[i]), value = buf_span(&want.v[i]->value);
		const struct records_entry *e = records_find(&v->state, key);
		if (e && span_cmp(buf_span(&e->value), value) == 0)
			continue;
		show("scratch ", key, value);
		same = false;
	}
	assert_true(same);
	if (v->asks) {
		check_asked(v, t);
		check_rebuilt(v, &want);
	}
}

static void apply_changes(struct records *state, const struct records *changes)
{
	for (size_t i = 0; i < changes->n; i++) {
		const struct records_entry *e = changes->v[i];
		if (e->gone)
			records_drop(state, records_key(e));
		else
			assert_int_equal(records_put(state, records_key(e), buf_span(&e->value)), ERR_OK);
	}
}

/* Inodes of which something changed, and of these the new ones. */
static void list_inos(const struct vault *v, const struct records *changes, struct u64s *inos, struct u64s *fresh)
{
	for (size_t i = 0; i < changes->n; i++) {
		struct shared_name name;
		assert_int_equal(shared_key_parse(records_key(changes->v[i]), &name), ERR_OK);
		assert_int_equal(u64s_add(inos, name.ino), ERR_OK);
	}
	u64s_sort(inos);
	for (size_t i = 0, k = 0; i < inos->n; i++) {
		struct shared_name name = { 0 };
		bool old = false;
		for (k = 0; k < v->state.n && !old; k++)
			old = shared_key_parse(records_key(v->state.v[k]), &name) == ERR_OK && name.ino == inos->v[i];
		if (!old)
			assert_int_equal(u64s_add(fresh, inos->v[i]), ERR_OK);
	}
}

/* Shared records change, and the local ones follow. */
static void change(struct vault *v, const struct records *changes)
{
	cleanup(records_free) struct records local = RECORDS_INIT;
	cleanup(u64s_free) struct u64s inos = { 0 }, fresh = { 0 };
	const struct view before = records_view(&v->state);
	struct records_over over = { .below = &before };
	assert_int_equal(records_add_all(&over.changes, changes), ERR_OK);
	const struct view after = records_over_view(&over);
	list_inos(v, changes, &inos, &fresh);
	const struct records *changed =
	        next(&v->dice.r) % 2 ? changes : NULL; /* what is not known makes no difference */
	const struct shown_change c = { &before, &after, &before, v->hash, &inos, &fresh, { changed }, false };
	assert_int_equal(update_shown(&c, &local), ERR_OK);
	records_free(&over.changes);
	v->puts = local.n;
	apply_changes(&v->state, changes);
	apply_changes(&v->state, &local);
	check_local(v);
}

/* What a draft says joins. */
static void join(struct vault *v, struct draft *d)
{
	cleanup(records_free) struct records changes = RECORDS_INIT;
	const struct view state = records_view(&v->state);
	assert_int_equal(join_apply(&state, draft_records(d), &changes), ERR_OK);
	change(v, &changes);
	draft_end(d);
}

static void random_step(struct vault *v)
{
	const struct view state = records_view(&v->state);
	struct draft d;
	draft_begin(&d, &state);
	random_records(&v->dice, &d);
	join(v, &d);
}

/* All records of some inode go. */
static void purge(struct vault *v)
{
	cleanup(records_free) struct records gone = RECORDS_INIT;
	size_t at = next(&v->dice.r) % v->state.n;
	struct shared_name one, name;
	if (shared_key_parse(records_key(v->state.v[at]), &one) != ERR_OK)
		return;
	for (size_t i = 0; i < v->state.n; i++)
		if (shared_key_parse(records_key(v->state.v[i]), &name) == ERR_OK && name.ino == one.ino)
			assert_int_equal(records_gone(&gone, records_key(v->state.v[i])), ERR_OK);
	change(v, &gone);
}

/* How many states had a local record of each kind. */
struct seen {
	unsigned states, kinds[SHOWN_KINDS_N];
};

static void count_kinds(const struct vault *v, struct seen *seen)
{
	bool has[ARRAY_LEN(seen->kinds)] = { 0 };
	for (size_t i = 0; i < v->state.n; i++) {
		struct span key = records_key(v->state.v[i]);
		if (is_local(key))
			has[(const uint8_t *)memchr(shown_kinds, *(const uint8_t *)key.p, SHOWN_KINDS_N) -
			    shown_kinds] = true;
	}
	seen->states++;
	for (size_t i = 0; i < ARRAY_LEN(has); i++)
		seen->kinds[i] += has[i];
}

static void random_schedule(uint64_t seed, unsigned steps, struct seen *seen)
{
	cleanup(close_vault) struct vault v;
	open_vault(&v, seed);
	next(&v.dice.r);
	v.dice.inos = 3 + next(&v.dice.r) % 20;
	for (unsigned i = 0; i < steps; i++) {
		v.asks = next(&v.dice.r) % 4 == 0;
		random_step(&v);
		if (next(&v.dice.r) % 6 == 0)
			purge(&v);
		count_kinds(&v, seen);
	}
}

static void updates_are_derivation_from_scratch(void **state)
{
	(void)state;
	const char *seed = getenv("SEED"), *steps = getenv("STEPS");
	uint64_t first = seed ? strtoull(seed, NULL, 10) : (uint64_t)time(NULL);
	unsigned left = steps ? (unsigned)atoi(steps) : 2000;
	struct seen seen = { 0 };
	for (uint64_t s = first; left; s++) {
		unsigned n = MIN(left, 5 + (unsigned)(s % 60));
		fprintf(stderr, "%sSEED=%" PRIu64, s == first ? "" : "\r", s);
		random_schedule(s, n, &seen);
		left -= n;
	}
	fprintf(stderr, ": %u states, with local records of kind", seen.states);
	for (size_t i = 0; i < ARRAY_LEN(seen.kinds); i++)
		fprintf(stderr, " %x: %u", shown_kinds[i], seen.kinds[i]);
	fprintf(stderr, "\n");
}

/* -- what the plain case costs ------------------------------------------------------------------------------------ */

static void plain_file(struct vault *v, uint64_t ino, struct spot where, uint64_t lamport)
{
	const struct view state = records_view(&v->state);
	struct draft d;
	draft_begin(&d, &state);
	struct inode_head h = { .ino = ino, .type = 8, .birth = { { (uint8_t)ino } } };
	struct link_rec l = place(ino, LID_FIRST, where, lamport);
	struct version_rec made = { .ino = ino, .id = ver(lamport, 1), .root = ver(lamport, 1) };
	assert_int_equal(draft_put_head(&d, &h), ERR_OK);
	assert_int_equal(draft_put_link(&d, &l), ERR_OK);
	assert_int_equal(draft_put_version(&d, &made), ERR_OK);
	join(v, &d);
}

static void plain_dir(struct vault *v, uint64_t ino, struct spot where, uint64_t lamport)
{
	const struct view state = records_view(&v->state);
	struct draft d;
	draft_begin(&d, &state);
	struct inode_head h = { .ino = ino, .type = 4, .birth = { { (uint8_t)ino } } };
	struct link_rec l = place(ino, LID_FIRST, where, lamport);
	assert_int_equal(draft_put_head(&d, &h), ERR_OK);
	assert_int_equal(draft_put_link(&d, &l), ERR_OK);
	join(v, &d);
}

static void put_place(struct vault *v, const struct link_rec *l)
{
	const struct view state = records_view(&v->state);
	struct draft d;
	draft_begin(&d, &state);
	assert_int_equal(draft_put_link(&d, l), ERR_OK);
	join(v, &d);
}

static void plain_operations_change_the_buckets_of_their_names(void **state)
{
	(void)state;
	cleanup(close_vault) struct vault v;
	open_vault(&v, 1);
	plain_dir(&v, 10, spot(INO_ROOT, "d"), 1);
	assert_int_equal(v.puts, 2); /* and the number of directories in the root */
	plain_file(&v, 11, spot(10, "f"), 2);
	assert_int_equal(v.puts, 1);
	plain_file(&v, 12, spot(10, "g"), 3);
	assert_int_equal(v.puts, 1);
	struct link_rec l = place(11, LID_FIRST, spot(INO_ROOT, "h"), 4); /* rename */
	put_place(&v, &l);
	assert_int_equal(v.puts, 2);
	struct version_id seen[] = { ver(2, 1) };
	l.is_removed = true; /* unlink */
	l.removed = (struct removal){ at(5), { seen, 1, 1 }, at(5) };
	put_place(&v, &l);
	assert_int_equal(v.puts, 1);
	l = place(10, LID_FIRST, spot(INO_ROOT, "e"), 6); /* rename of a directory: not of what is in it */
	l.where.has_back = true;
	l.where.back = spot(INO_ROOT, "d");
	put_place(&v, &l);
	assert_int_equal(v.puts, 2);
}

/* Many devices made a folder of one name, and one more does. */
static void a_directory_that_joins_many_changes_few_records(void **state)
{
	(void)state;
	cleanup(close_vault) struct vault v;
	open_vault(&v, 1);
	const struct view view = records_view(&v.state);
	struct draft d;
	draft_begin(&d, &view);
	for (uint64_t ino = 100; ino < 300; ino++) {
		struct link_rec l = place(ino, LID_FIRST, ino % 2 ? spot(ino - 1, "x") : spot(INO_ROOT, "d"), ino);
		struct inode_head h = { .ino = ino, .type = 4, .birth = { { (uint8_t)(ino - 90) } } };
		assert_int_equal(draft_put_head(&d, &h), ERR_OK);
		assert_int_equal(draft_put_link(&d, &l), ERR_OK);
	}
	join(&v, &d);
	plain_dir(&v, 300, spot(INO_ROOT, "d"), 300);
	assert_int_equal(v.puts, 3); /* the bucket, the list of members, who has it */
	plain_dir(&v, 301, spot(300, "x"), 301);
	assert_int_equal(v.puts, 4);
}

/* A version whose root turns out to be another, of a branch that was made a file of its own. */
static void another_root(uint64_t seed)
{
	cleanup(close_vault) struct vault v;
	const struct version_id id = { at(3), { { 1 } } }, root = { at(3), { { 2 } } };
	struct version_rec ver = { .ino = 9, .id = id, .root = id };
	struct copy copy;
	struct draft d;
	open_vault(&v, seed);
	v.dice.inos = 6;
	draft_begin(&d, NULL);
	assert_int_equal(draft_put_head(&d, &(struct inode_head){ .ino = 9, .type = 8, .birth = { { 9 } } }), ERR_OK);
	struct link_rec l = place(9, LID_FIRST, spot(INO_ROOT, "a"), 3);
	assert_int_equal(draft_put_link(&d, &l), ERR_OK);
	assert_int_equal(draft_put_version(&d, &ver), ERR_OK);
	join(&v, &d);
	assert_int_equal(copy_of(9, &root, false, &copy), ERR_OK);
	draft_begin(&d, NULL);
	draft_one_copy(&v.dice, &d, &copy);
	join(&v, &d);
	ver.root = root;
	draft_begin(&d, NULL);
	assert_int_equal(draft_put_version(&d, &ver), ERR_OK);
	join(&v, &d);
}

static void a_version_goes_where_its_root_says(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed < 20; seed++)
		another_root(seed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(updates_are_derivation_from_scratch),
		cmocka_unit_test(plain_operations_change_the_buckets_of_their_names),
		cmocka_unit_test(a_directory_that_joins_many_changes_few_records),
		cmocka_unit_test(a_version_goes_where_its_root_says),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

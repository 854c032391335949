/* SPDX-License-Identifier: MIT
 * Operations on the map of a mount of format 2, and what is shown by number: kept, also when the map is opened again;
 * what is not applied has done nothing.
 */
#include "tests/sanitized.h"
#include "tests/unit/work_desk.h"
#include "vault/act/handles.h"

static void operations_are_kept(void **state)
{
	struct desk d;
	struct work_number n;
	unsigned count;
	(void)state;
	desk_begin(&d);
	uint64_t dir = make(&d, INO_ROOT, "dir", NULL), file = make(&d, dir, "file", "text");
	desk_close(&d);
	desk_open(&d);
	assert_int_equal(shows(&d, INO_ROOT, "dir"), dir);
	assert_int_equal(shows(&d, dir, "file"), file);
	assert_int_equal(shows(&d, dir, "other"), 0);
	ok(work_number(d.w, file, &n));
	assert_int_equal(n.at.dir, dir);
	assert_int_equal(n.type, FILE_TYPE);
	assert_int_equal(n.version_home, file);
	ok(work_subdirs(d.w, INO_ROOT, &count));
	assert_int_equal(count, 1);
	uint64_t again = make(&d, dir, "again", "more");
	assert_true(again != file && again != dir);
	assert_true(shows(&d, dir, "again") == again);
	desk_end(&d);
}

static void not_applied_is_not_done(void **state)
{
	struct desk d;
	struct work_op op;
	struct act_handle h = { 0 };
	struct act_contents c = { CONTENTS_INLINE, 3, { { 9 } }, span_str("new") };
	const struct act_attrs none = { NULL, 0 };
	enum refusal refusal;
	uint64_t ino;
	(void)state;
	desk_begin(&d);
	make(&d, INO_ROOT, "file", "text");
	struct spot at = spot_at(INO_ROOT, "file"), other = spot_at(INO_ROOT, "other");
	ok(work_begin(d.w, &op));
	ok(contents_open(op.act, &at, &h, &refusal));
	ok(work_apply(&op));
	work_end(&op);
	const struct act_handle before = h;
	ok(work_begin(d.w, &op));
	ok(contents_write_handle(op.act, &h, &c, &none, &refusal));
	ok(say_new(&op, &other, "x", &ino));
	assert_int_equal(shows(&d, INO_ROOT, "other"), ino);
	work_end(&op);
	assert_int_equal(shows(&d, INO_ROOT, "other"), 0);
	assert_int_equal(version_id_cmp(h.version, before.version), 0);
	ok(work_begin(d.w, &op));
	contents_close(&h);
	ok(work_apply(&op));
	work_end(&op);
	desk_end(&d);
}

#define MANY 400000 /* handles: a copy of them comes from the system */

static rlim_t memory_now(void)
{
	unsigned long pages = 0;
	FILE *f = fopen("/proc/self/statm", "r");
	assert_non_null(f);
	assert_int_equal(fscanf(f, "%lu", &pages), 1);
	fclose(f);
	return (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

/* begin_without_memory: for a copy of the handles: it must not want one. */
static err_t begin_without_memory(struct desk *d, struct work_op *op)
{
	struct rlimit was, is;
	assert_int_equal(getrlimit(RLIMIT_AS, &was), 0);
	is = was;
	is.rlim_cur = memory_now() + (8u << 20);
	assert_int_equal(setrlimit(RLIMIT_AS, &is), 0);
	err_t e = work_begin(d->w, op);
	assert_int_equal(setrlimit(RLIMIT_AS, &was), 0);
	return e;
}

/* What is open, however much, costs an operation nothing. */
static void an_operation_copies_no_handles(void **state)
{
	struct desk d;
	struct work_op op;
	(void)state;
	struct act_handle *h = calloc(MANY, sizeof(*h));
	assert_non_null(h);
	desk_begin(&d);
	ok(work_begin(d.w, &op));
	for (size_t i = 0; i < MANY; i++)
		handles_add(op.act, &h[i]);
	ok(work_apply(&op));
	work_end(&op);
	ok(begin_without_memory(&d, &op));
	work_end(&op);
	assert_ptr_equal(op.act->handles.all, &h[MANY - 1]);
	assert_ptr_equal(h[MANY - 1].next, &h[MANY - 2]);
	for (size_t i = 0; i < MANY; i++)
		handles_remove(&h[i]);
	assert_null(op.act->handles.all);
	desk_end(&d);
	free(h);
}

struct list {
	struct work_entry v[8];
	size_t n;
};

static err_t list_visit(void *ctx, const struct work_entry *x)
{
	struct list *l = ctx;
	l->v[l->n++] = *x;
	return ERR_OK;
}

static void children_come_by_hash(void **state)
{
	struct desk d;
	struct list all = { .n = 0 }, some = { .n = 0 };
	char name[2] = "a";
	(void)state;
	desk_begin(&d);
	for (int i = 0; i < 8; i++, name[0]++)
		make(&d, INO_ROOT, name, "text");
	ok(work_children(d.w, INO_ROOT, 0, list_visit, &all));
	assert_int_equal(all.n, 8);
	for (size_t i = 1; i < all.n; i++)
		assert_true(all.v[i - 1].hash < all.v[i].hash);
	ok(work_children(d.w, INO_ROOT, all.v[5].hash, list_visit, &some));
	assert_int_equal(some.n, 3);
	assert_int_equal(some.v[0].ino, all.v[5].ino);
	desk_end(&d);
}

/* deliver: what they said of our records: `fn` into a draft over what is published here. */
static void deliver(struct desk *d, err_t (*fn)(struct draft *draft, uint64_t ino), uint64_t ino)
{
	struct draft draft;
	struct changeset *c = work_changeset(d->w);
	draft_begin(&draft, &c->shown.published);
	ok(fn(&draft, ino));
	ok(changeset_deliver(c, &(struct delivery){ draft_records(&draft), 1000, NULL, work_follow(d->w) }));
	draft_end(&draft);
}

static err_t another_version(struct draft *draft, uint64_t ino)
{
	struct version_rec v = version_of(ino, (struct version_id){ { 500, THEM, 1 }, { { 'm' } } }, "mine");
	err_t e = draft_put_version(draft, &v);
	version_rec_free(&v);
	return e;
}

static void siblings_have_numbers(void **state)
{
	struct desk d;
	struct list all = { .n = 0 };
	struct work_number n;
	unsigned names;
	(void)state;
	desk_begin(&d);
	uint64_t ino = make(&d, INO_ROOT, "file.txt", "text");
	publish(&d);
	assert_int_equal(shows(&d, INO_ROOT, "file.txt"), ino);
	deliver(&d, another_version, ino);
	ok(work_children(d.w, INO_ROOT, 0, list_visit, &all));
	assert_int_equal(all.n, 2);
	const struct work_entry *x = &all.v[all.v[0].ino == ino];
	assert_true(x->ino >> 63);
	assert_int_equal(x->name.len, strlen("file (conflict 000000000000000a 2026-11-24 10.15.03).txt"));
	ok(work_number(d.w, x->ino, &n));
	assert_true(n.sibling);
	assert_int_equal(n.home, ino);
	assert_int_equal(n.ino, x->ino);
	ok(work_names(d.w, x->ino, &names));
	assert_int_equal(names, 1);
	desk_end(&d);
}

/* -- conflicts --------------------------------------------------------------------------------------------------- */

struct told { /* the last one, and how many */
	size_t n, versions;
	struct work_conflict last;
	char path[300], name[300];
};

static err_t told_visit(void *ctx, const struct work_conflict *c)
{
	struct told *t = ctx;
	t->n++;
	t->versions += c->version;
	t->last = *c;
	snprintf(t->path, sizeof(t->path), "%.*s", (int)c->path.len, (const char *)c->path.p);
	snprintf(t->name, sizeof(t->name), "%.*s", (int)c->name.len, (const char *)c->name.p);
	return ERR_OK;
}

static struct told conflicts(struct desk *d, uint64_t top)
{
	struct told t = { 0 };
	ok(work_conflicts(d->w, top, told_visit, &t));
	return t;
}

static void another_version_is_a_conflict(void **state)
{
	struct desk d;
	(void)state;
	desk_begin(&d);
	uint64_t dir = make(&d, INO_ROOT, "dir", NULL), other = make(&d, INO_ROOT, "other", NULL);
	uint64_t ino = make(&d, dir, "file.txt", "text");
	publish(&d);
	assert_int_equal(conflicts(&d, INO_ROOT).n, 0);
	deliver(&d, another_version, ino);
	struct told t = conflicts(&d, INO_ROOT);
	assert_int_equal(t.n, 1);
	assert_true(t.last.version);
	assert_int_equal(t.last.stream, US);
	assert_int_equal(t.last.holder, ino);
	assert_int_equal(t.last.holder_type, FILE_TYPE);
	assert_string_equal(t.name, "file.txt");
	assert_memory_equal(t.path, "/dir/file (conflict 000000000000000a ", 37);
	assert_int_equal(conflicts(&d, dir).n, 1);
	assert_int_equal(conflicts(&d, ino).n, 1);
	assert_int_equal(conflicts(&d, t.last.ino).n, 1);
	assert_int_equal(conflicts(&d, other).n, 0);
	assert_int_equal(work_conflicts(d.w, 99, told_visit, &t), ERR_NOTFOUND);
	desk_end(&d);
}

/* name_taken: they made a file of that name, too. */
static err_t name_taken(struct draft *draft, uint64_t ino)
{
	struct link_rec l = { .ino = ino, .life = { 2000, THEM, 1 } };
	struct version_rec v = version_of(ino, (struct version_id){ { 2000, THEM, 1 }, { { 'm' } } }, "mine");
	l.where = (struct where){ .stamp = l.life, .at = spot_at(INO_ROOT, "file.txt"), .seat = { l.life, 0 } };
	err_t e = draft_put_head(draft, &(struct inode_head){ .ino = ino, .type = FILE_TYPE, .birth = { { 9 } } });
	if (!e)
		e = draft_put_link(draft, &l);
	if (!e)
		e = draft_put_version(draft, &v);
	version_rec_free(&v);
	return e;
}

static void a_directory_keeps_its_name(void **state)
{
	struct desk d;
	(void)state;
	desk_begin(&d);
	uint64_t dir = make(&d, INO_ROOT, "file.txt", NULL), other = make(&d, dir, "plain", "text");
	publish(&d);
	deliver(&d, name_taken, 77ull << 24);
	struct told t = conflicts(&d, dir);
	assert_int_equal(t.n, 1);
	assert_false(t.last.version);
	assert_int_equal(t.last.holder, dir);
	assert_int_equal(t.last.holder_type, DIR_TYPE);
	assert_int_equal(conflicts(&d, other).n, 0);
	desk_end(&d);
}

static void a_name_that_two_files_have_is_a_conflict(void **state)
{
	struct desk d;
	const uint64_t theirs = 77ull << 24;
	(void)state;
	desk_begin(&d);
	uint64_t ours = make(&d, INO_ROOT, "file.txt", "text");
	publish(&d);
	deliver(&d, name_taken, theirs);
	struct told t = conflicts(&d, INO_ROOT);
	assert_int_equal(t.n, 1);
	assert_false(t.last.version);
	assert_int_equal(t.last.ino, ours);
	assert_int_equal(t.last.holder, theirs);
	assert_int_equal(t.last.stream, US);
	deliver(&d, another_version, ours);
	t = conflicts(&d, INO_ROOT);
	assert_int_equal(t.n, 2);
	assert_int_equal(t.versions, 0); /* none of the file that has the name */
	unlink_it(&d, INO_ROOT, "file.txt");
	assert_int_equal(conflicts(&d, INO_ROOT).n, 0); /* the name that it was shown under is its own now */
	desk_end(&d);
}

/* -- what one question read, for the next -------------------------------------------------------------------------- */

static void an_operation_and_a_delivery_are_asked_anew(void **state)
{
	struct desk d;
	const uint64_t theirs = 77ull << 24;
	unsigned names;
	(void)state;
	desk_begin(&d);
	assert_int_equal(shows(&d, INO_ROOT, "file.txt"), 0);
	uint64_t ours = make(&d, INO_ROOT, "file.txt", "text");
	assert_int_equal(shows(&d, INO_ROOT, "file.txt"), ours);
	publish(&d);
	assert_int_equal(shows(&d, INO_ROOT, "file.txt"), ours);
	deliver(&d, name_taken, theirs);
	assert_int_equal(shows(&d, INO_ROOT, "file.txt"), theirs);
	unlink_it(&d, INO_ROOT, "file.txt");
	assert_int_equal(work_names(d.w, theirs, &names), ERR_NOTFOUND);
	desk_end(&d);
}

static void called(void *ctx, const struct version_id *root, int64_t time, char out[CONFLICT_WHO])
{
	(void)root, (void)time;
	snprintf(out, CONFLICT_WHO, "%s", (const char *)ctx);
}

/* Whose a stream is becomes known at any time. */
static void a_device_that_is_called_otherwise_is_asked_anew(void **state)
{
	struct desk d;
	char name[16] = "desk 1";
	struct tree_naming naming = { called, name, NULL };
	(void)state;
	desk_begin(&d);
	work_freep(&d.w);
	ok(work_open(&(struct work_config){ .map = d.map, .stream = US, .hash = d.hash, .naming = &naming }, &d.w));
	uint64_t ours = make(&d, INO_ROOT, "file.txt", "text");
	publish(&d);
	deliver(&d, name_taken, 77ull << 24);
	assert_int_equal(shows(&d, INO_ROOT, "file (conflict desk 1).txt"), ours);
	strcpy(name, "laptop 1");
	assert_int_equal(shows(&d, INO_ROOT, "file (conflict desk 1).txt"), 0);
	assert_int_equal(shows(&d, INO_ROOT, "file (conflict laptop 1).txt"), ours);
	desk_end(&d);
}

struct names { /* what devices are called, and how often that was asked */
	uint64_t at;
	unsigned asked;
};
static void told(void *ctx, const struct version_id *root, int64_t time, char out[CONFLICT_WHO])
{
	struct names *n = ctx;
	(void)root, (void)time;
	n->asked++;
	snprintf(out, CONFLICT_WHO, "%s", n->at ? "laptop 1" : "desk 1");
}
static uint64_t told_at(void *ctx)
{
	return ((struct names *)ctx)->at;
}

/* Each stat of a folder with conflicts would ask for all of them. */
static void names_are_asked_again_when_they_may_be_others(void **state)
{
	struct desk d;
	struct names names = { 0 };
	struct tree_naming naming = { .who = told, .ctx = &names, .at = told_at };
	(void)state;
	desk_begin(&d);
	work_freep(&d.w);
	ok(work_open(&(struct work_config){ .map = d.map, .stream = US, .hash = d.hash, .naming = &naming }, &d.w));
	uint64_t ours = make(&d, INO_ROOT, "file.txt", "text");
	publish(&d);
	deliver(&d, name_taken, 77ull << 24);
	assert_int_equal(shows(&d, INO_ROOT, "file (conflict desk 1).txt"), ours);
	const unsigned asked = names.asked;
	assert_true(asked > 0);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(shows(&d, INO_ROOT, "file (conflict desk 1).txt"), ours);
	assert_int_equal(names.asked, asked);
	names.at = 1;
	assert_int_equal(shows(&d, INO_ROOT, "file (conflict desk 1).txt"), 0);
	assert_int_equal(shows(&d, INO_ROOT, "file (conflict laptop 1).txt"), ours);
	desk_end(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(operations_are_kept),
		cmocka_unit_test(not_applied_is_not_done),
		cmocka_unit_test(children_come_by_hash),
		cmocka_unit_test(siblings_have_numbers),
		cmocka_unit_test(another_version_is_a_conflict),
		cmocka_unit_test(a_name_that_two_files_have_is_a_conflict),
		cmocka_unit_test(a_directory_keeps_its_name),
		cmocka_unit_test(an_operation_and_a_delivery_are_asked_anew),
		cmocka_unit_test(a_device_that_is_called_otherwise_is_asked_anew),
		cmocka_unit_test(names_are_asked_again_when_they_may_be_others),
	};
	const struct CMUnitTest without_memory[] = { cmocka_unit_test(an_operation_copies_no_handles) };
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	return failed || SANITIZED ? failed : cmocka_run_group_tests(without_memory, NULL, NULL);
}

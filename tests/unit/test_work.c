/* SPDX-License-Identifier: MIT
 * Operations on the map of a mount of format 2, and what is shown by number: kept, also when the map is opened again;
 * what is not applied has done nothing; what was made and is gone is not published.
 */
#include "tests/sanitized.h"
#include "tests/unit/cache_util.h"
#include "tests/unit/join_util.h"
#include "vault/act/moves.h"
#include "vault/act/names.h"
#include "vault/act/unborn.h"
#include "vault/changeset/deliver.h"
#include "vault/changeset/publish.h"
#include "vault/work/ask.h"
#include "vault/work/conflicts.h"
#include "vault/work/operate.h"
#include "vault/work/work.h"

#include <inttypes.h>
#include <sys/resource.h>
#include <unistd.h>

#define US UINT64_C(0xa)
#define THEM UINT64_C(0xb)
#define FILE_TYPE 8
#define DIR_TYPE 4

struct desk {
	struct place place;
	struct map *map;
	struct namehash *hash;
	struct work *w;
};

static void root_put(struct map *m)
{
	cleanup(batch_freep) struct batch *b = batch_new();
	struct draft genesis;
	draft_begin(&genesis, NULL);
	ok(draft_put_head(&genesis, &(struct inode_head){ .ino = INO_ROOT, .type = DIR_TYPE }));
	for (size_t i = 0; i < draft_records(&genesis)->n; i++) {
		const struct records_entry *x = draft_records(&genesis)->v[i];
		batch_put(b, MAP_RECORDS, records_key(x), buf_span(&x->value));
	}
	ok(map_apply(m, b));
	draft_end(&genesis);
}

static void desk_open(struct desk *d)
{
	d->map = place_open(&d->place);
	ok(work_open(&(struct work_config){ .map = d->map, .stream = US, .hash = d->hash }, &d->w));
}

static void desk_close(struct desk *d)
{
	work_freep(&d->w);
	ok(map_close(steal_ptr(d->map)));
}

static void desk_begin(struct desk *d)
{
	static const uint8_t key[16] = { 3 };
	*d = (struct desk){ .hash = namehash_new(key) };
	place_make(&d->place, DISK);
	desk_open(d);
	root_put(d->map);
}

static void desk_end(struct desk *d)
{
	desk_close(d);
	namehash_freep(&d->hash);
	place_remove(&d->place);
}

static struct spot spot_at(uint64_t dir, const char *name)
{
	return (struct spot){ dir, name_of(name) };
}

static err_t say_new(struct work_op *op, const struct spot *at, const char *text, uint64_t *ret)
{
	enum refusal refusal;
	struct act_contents c = { .size = text ? strlen(text) : 0, .tag = { { text ? (uint8_t)text[0] : 0 } } };
	c.kind = c.size ? CONTENTS_INLINE : CONTENTS_NONE;
	c.payload = SPAN(text, c.size);
	struct act_new n = { .type = text ? FILE_TYPE : DIR_TYPE, .contents = text ? &c : NULL };
	err_t e = names_create(op->act, at, &n, ret, &refusal);
	assert_true(e || refusal == REFUSED_NOT);
	return e;
}

/* make: text NULL: a directory. */
static uint64_t make(struct desk *d, uint64_t dir, const char *name, const char *text)
{
	struct work_op op;
	struct spot at = spot_at(dir, name);
	uint64_t ino = 0;
	ok(work_begin(d->w, &op));
	ok(say_new(&op, &at, text, &ino));
	ok(work_apply(&op));
	work_end(&op);
	return ino;
}

static void unlink_it(struct desk *d, uint64_t dir, const char *name)
{
	struct work_op op;
	struct spot at = spot_at(dir, name);
	enum refusal refusal;
	ok(work_begin(d->w, &op));
	ok(names_unlink(op.act, &at, NULL, &refusal));
	assert_int_equal(refusal, REFUSED_NOT);
	ok(work_apply(&op));
	work_end(&op);
}

/* shows: what is there under the name; 0: nothing. */
static uint64_t shows(struct desk *d, uint64_t dir, const char *name)
{
	struct work_entry x;
	err_t e = work_lookup(d->w, dir, span_str(name), &x);
	assert_true(e == ERR_OK || e == ERR_NOTFOUND);
	return e ? 0 : x.ino;
}

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
	contents_close(op.act, &h);
	ok(work_apply(&op));
	work_end(&op);
	desk_end(&d);
}

#define MANY 400000 /* handles: what saves them comes from the system */

static rlim_t memory_now(void)
{
	unsigned long pages = 0;
	FILE *f = fopen("/proc/self/statm", "r");
	assert_non_null(f);
	assert_int_equal(fscanf(f, "%lu", &pages), 1);
	fclose(f);
	return (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

/* begin_without_memory: for a copy of the handles. */
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

static void what_cannot_begin_leaves_the_handles(void **state)
{
	struct desk d;
	struct work_op op;
	(void)state;
	struct act_handle *h = calloc(MANY, sizeof(*h));
	assert_non_null(h);
	desk_begin(&d);
	for (size_t i = 0; i + 1 < MANY; i++)
		h[i].next = &h[i + 1];
	ok(work_begin(d.w, &op));
	op.act->handles = h;
	ok(work_apply(&op));
	work_end(&op);
	assert_int_equal(begin_without_memory(&d, &op), ERR_NOMEM);
	work_end(&op);
	ok(work_begin(d.w, &op));
	assert_ptr_equal(op.act->handles, h);
	assert_ptr_equal(h[0].next, &h[1]);
	op.act->handles = NULL;
	ok(work_apply(&op));
	work_end(&op);
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

static void publish(struct desk *d)
{
	struct changeset *c = work_changeset(d->w);
	err_t e = changeset_close(c, work_closing(d->w));
	assert_int_equal(e, ERR_OK);
	while (!(e = changeset_publish(c, PUBLISH_PART, NULL)))
		continue;
	assert_int_equal(e, ERR_NOTFOUND);
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

static void made_and_gone_is_not_published(void **state)
{
	struct desk d;
	(void)state;
	desk_begin(&d);
	make(&d, INO_ROOT, "file", "text");
	unlink_it(&d, INO_ROOT, "file");
	assert_int_equal(changeset_close(work_changeset(d.w), work_closing(d.w)), ERR_NOTFOUND);
	uint64_t ino = make(&d, INO_ROOT, "other", "text");
	publish(&d);
	unlink_it(&d, INO_ROOT, "other");
	publish(&d);
	assert_int_equal(shows(&d, INO_ROOT, "other"), 0);
	struct shared_inode s = { 0 };
	ok(shared_inode(work_view(d.w), ino, &s));
	assert_true(s.link.is_removed);
	shared_inode_free(&s);
	desk_end(&d);
}

struct counted { /* what is shown, and how often it was asked */
	struct view of;
	size_t gets;
};

/* no_close: what was made and is gone is forgotten, and then the close does not happen. */
static err_t no_close(void *ctx, struct changeset *c, struct batch *b)
{
	const struct closing *with = ctx;
	err_t e = with->last(with->ctx, c, b);
	return e ? e : ERR_NOMEM;
}

static void what_goes_after_a_close_that_was_none_is_not_published(void **state)
{
	struct desk d;
	(void)state;
	desk_begin(&d);
	make(&d, INO_ROOT, "file", "text");
	const struct closing with = { no_close, (void *)(uintptr_t)work_closing(d.w) };
	assert_int_equal(changeset_close(work_changeset(d.w), &with), ERR_NOMEM);
	unlink_it(&d, INO_ROOT, "file");
	assert_int_equal(changeset_close(work_changeset(d.w), work_closing(d.w)), ERR_NOTFOUND);
	desk_end(&d);
}

static void what_goes_after_a_start_is_not_published(void **state)
{
	struct desk d;
	(void)state;
	desk_begin(&d);
	make(&d, INO_ROOT, "file", "text");
	desk_close(&d);
	desk_open(&d);
	unlink_it(&d, INO_ROOT, "file");
	assert_int_equal(changeset_close(work_changeset(d.w), work_closing(d.w)), ERR_NOTFOUND);
	desk_end(&d);
}

static err_t count_get(void *ctx, struct span key, struct buf *out)
{
	struct counted *c = ctx;
	c->gets++;
	return c->of.get(c->of.ctx, key, out);
}

static err_t count_scan(void *ctx, struct span prefix, struct span from, view_visit fn, void *arg)
{
	const struct counted *c = ctx;
	return c->of.scan(c->of.ctx, prefix, from, fn, arg);
}

/* Everybody waits for it: what is said is not looked through for each that is gone. */
static void many_that_are_gone_are_looked_for_once(void **state)
{
	enum { FILES = 200 };
	struct desk d;
	struct work_op op;
	enum refusal refusal;
	uint64_t ino;
	(void)state;
	desk_begin(&d);
	ok(work_begin(d.w, &op));
	for (unsigned i = 0; i < FILES; i++) {
		char name[12];
		snprintf(name, sizeof(name), "f%u", i);
		struct spot at = spot_at(INO_ROOT, name);
		ok(say_new(&op, &at, "text", &ino));
		if (i % 2)
			ok(names_unlink(op.act, &at, NULL, &refusal));
	}
	struct view *shown = &op.act->open->view;
	struct counted c = { .of = *shown };
	*shown = (struct view){ count_get, count_scan, &c };
	ok(unborn_forget(op.act, NULL, NULL));
	*shown = c.of;
	assert_true(c.gets < FILES * 10);
	ok(work_apply(&op));
	work_end(&op);
	publish(&d);
	assert_int_equal(shows(&d, INO_ROOT, "f1"), 0);
	assert_true(shows(&d, INO_ROOT, "f2") != 0);
	desk_end(&d);
}

/* forget_cost: what is read of what the changeset says, before a close. */
static size_t forget_cost(struct desk *d)
{
	struct view *said = &work_changeset(d->w)->open->view;
	struct counted c = { .of = *said };
	struct work_op op;
	ok(work_begin(d->w, &op));
	*said = (struct view){ count_get, count_scan, &c };
	ok(work_forget(&op, NULL));
	*said = c.of;
	ok(work_apply(&op));
	work_end(&op);
	return c.gets;
}

/* Everybody waits for it: files that were made and are there cost nothing, nor do published ones that went. */
static void a_close_looks_at_what_went_alone(void **state)
{
	enum { FILES = 100 };
	struct desk d;
	char name[12];
	(void)state;
	desk_begin(&d);
	make(&d, INO_ROOT, "published", "text");
	publish(&d);
	for (unsigned i = 0; i < FILES; i++) {
		snprintf(name, sizeof(name), "f%u", i);
		make(&d, INO_ROOT, name, "text");
	}
	assert_int_equal(forget_cost(&d), 0);
	unlink_it(&d, INO_ROOT, "published");
	assert_true(forget_cost(&d) < 10);
	unlink_it(&d, INO_ROOT, "f1");
	assert_true(forget_cost(&d) > FILES); /* it is told by all that names it might stand in */
	assert_true(forget_cost(&d) < 10);
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
		cmocka_unit_test(made_and_gone_is_not_published),
		cmocka_unit_test(what_goes_after_a_close_that_was_none_is_not_published),
		cmocka_unit_test(what_goes_after_a_start_is_not_published),
		cmocka_unit_test(many_that_are_gone_are_looked_for_once),
		cmocka_unit_test(a_close_looks_at_what_went_alone),
	};
	const struct CMUnitTest without_memory[] = { cmocka_unit_test(what_cannot_begin_leaves_the_handles) };
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	return failed || SANITIZED ? failed : cmocka_run_group_tests(without_memory, NULL, NULL);
}

/* SPDX-License-Identifier: MIT
 * Local records of the shown tree in the map of a mount: after every operation, commit of others, publishing and
 * opening they are those that are made from scratch, also where operations come between the stops of a delivery; then
 * all is told that would be if it was made in one. SEED and STEPS: of the random schedule.
 */
#include "tests/unit/cache_util.h"
#include "tests/unit/shown_random.h"
#include "vault/act/moves.h"
#include "vault/act/names.h"
#include "vault/changeset/deliver.h"
#include "vault/changeset/publish.h"
#include "vault/join/shared_key.h"
#include "vault/shown/scratch.h"
#include "vault/shown/shown_key.h"
#include "vault/work/ask.h"
#include "vault/work/index.h"
#include "vault/work/operate.h"
#include "vault/work/parts.h"
#include "vault/work/work.h"

#include <time.h>

#define US UINT64_C(0xa)
#define ok(e) assert_int_equal(e, ERR_OK)

struct desk {
	struct place place;
	struct map *map;
	struct namehash *hash;
	struct work *w;
	struct dice dice;
	uint64_t dirs[64]; /* that were made */
	size_t dirs_n;
	unsigned part;    /* inodes of a delivery in one stop */
	bool delivering;  /* then operations come between the stops */
	bool prepared;    /* it was made ahead */
	unsigned stops;   /* of the delivery */
	unsigned missing; /* of what is to be told */
	struct work_changes want;
};

static void work_begins(struct desk *d);

static void desk_open(struct desk *d)
{
	d->map = place_open(&d->place);
	work_begins(d);
}

static void desk_close(struct desk *d)
{
	work_freep(&d->w);
	ok(map_close(steal_ptr(d->map)));
}

static void desk_begin(struct desk *d, uint64_t seed)
{
	static const uint8_t key[16] = { 3 };
	*d = (struct desk){ .hash = namehash_new(key),
		            .dice = { seed * 0x9E3779B97F4A7C15 + 1, 12 },
		            .part = (unsigned)(seed % 4) };
	place_make(&d->place, FAKE);
	d->place.config.commit_ms = 3600000; /* a commit would run the hooks, too */
	desk_open(d);
}

static void desk_end(struct desk *d)
{
	desk_close(d);
	work_changes_free(&d->want);
	namehash_freep(&d->hash);
	place_remove(&d->place);
}

/* -- the check ----------------------------------------------------------------------------------------------------- */

static err_t add_visit(void *ctx, struct span key, struct span value)
{
	return records_put(ctx, key, value);
}

/* found: what is wrong with them, and where; key: what it must be. */
static enum shown_found found(struct desk *d, const struct shown_key *key)
{
	cleanup(shown_checked_free) struct shown_checked c = { 0 };
	ok(work_check(d->w, &c));
	if (key)
		assert_int_equal(span_cmp(buf_span(&c.key), shown_key_span(key)), 0);
	return c.found;
}

static void check(struct desk *d)
{
	cleanup(tree_freep) struct tree *t = NULL;
	cleanup(records_free) struct records want = RECORDS_INIT, is = RECORDS_INIT;
	struct shown_index all = { .map = d->map }; /* w's own passes over kinds of which it knows none */
	const struct view local = index_view(&all);
	for (size_t i = 0; i < SHOWN_KINDS_N; i++)
		ok(local.scan(local.ctx, SPAN(&shown_kinds[i], 1), SPAN(NULL, 0), add_visit, &is));
	ok(tree_build(changeset_shown(work_changeset(d->w)), &naming, &t));
	ok(scratch_shown(t, d->hash, &want));
	assert_int_equal(found(d, NULL), SHOWN_FINE);
	assert_int_equal(is.n, want.n);
	for (size_t i = 0; i < want.n; i++) {
		assert_int_equal(span_cmp(records_key(is.v[i]), records_key(want.v[i])), 0);
		assert_int_equal(span_cmp(buf_span(&is.v[i]->value), buf_span(&want.v[i]->value)), 0);
	}
}

/* -- what happens ----------------------------------------------------------------------------------------------------
 */

static uint64_t below(struct desk *d, uint64_t n)
{
	return next(&d->dice.r) % n;
}

/* A directory that is shown, or was. */
static uint64_t some_dir(struct desk *d)
{
	if (below(d, 2))
		return INO_ROOT;
	return d->dirs_n && below(d, 4) ? d->dirs[below(d, d->dirs_n)] : some_ino(&d->dice);
}

static struct spot place_in(struct desk *d)
{
	static const char *const names[] = { "a", "b", "c", "b.txt", "a (conflict A 1)" };
	return spot(some_dir(d), names[below(d, ARRAY_LEN(names))]);
}

static err_t create(struct desk *d, struct work_op *op, enum refusal *refusal)
{
	const struct spot at_ = place_in(d);
	struct act_contents c = { CONTENTS_INLINE, 1, { { (uint8_t)(1 + below(d, 3)) } }, span_str("x") };
	bool dir = below(d, 3) == 0;
	struct act_new n = { .type = dir ? 4 : 8, .contents = dir ? NULL : &c };
	uint64_t ino;
	err_t e = names_create(op->act, &at_, &n, &ino, refusal);
	if (!e && !*refusal && dir && d->dirs_n < ARRAY_LEN(d->dirs))
		d->dirs[d->dirs_n++] = ino;
	return e;
}

static err_t act(struct desk *d, struct work_op *op, enum refusal *refusal)
{
	const struct spot one = place_in(d), other = place_in(d);
	struct act_contents c = { CONTENTS_INLINE, 1, { { (uint8_t)(1 + below(d, 3)) } }, span_str("x") };
	switch (below(d, 8)) {
	case 0:
		return names_unlink(op->act, &one, NULL, refusal);
	case 1:
		return names_rmdir(op->act, &one, NULL, refusal);
	case 2:
		return moves_rename(op->act, &one, &other, NULL, refusal);
	case 3:
		return moves_exchange(op->act, &one, &other, NULL, refusal);
	case 4:
		return names_link(op->act, &one, &other, NULL, refusal);
	case 5:
		return contents_write(op->act, &one, &c, &(struct act_attrs){ NULL, 0 }, refusal);
	default:
		return create(d, op, refusal);
	}
}

/* One operation or some, applied or not. */
static void operate(struct desk *d)
{
	struct work_op op;
	enum refusal refusal = REFUSED_NOT;
	ok(work_begin(d->w, &op));
	err_t e = act(d, &op, &refusal);
	for (uint64_t more = below(d, 3); !e && more; more--)
		e = act(d, &op, &refusal);
	assert_true(e == ERR_OK || e == ERR_NOTFOUND); /* the directory is not shown */
	if (!e && below(d, 8))
		ok(work_apply(&op));
	work_end(&op);
}

/* -- what is told ------------------------------------------------------------------------------------------------- */

/* known: by chance, and otherwise at the next stop. */
static bool known(void *ctx, uint64_t ino)
{
	const struct desk *d = ctx;
	const uint64_t h = (ino + d->stops) * UINT64_C(0x9E3779B97F4A7C15);
	return h >> 61;
}

static bool is_open(void *ctx, uint64_t ino)
{
	(void)ctx, (void)ino;
	return false;
}

static err_t nameless(void *ctx, struct u64s *ret)
{
	(void)ctx, (void)ret;
	return ERR_OK;
}

static err_t keep(void *ctx, const struct work_change *list, size_t n, struct batch *b)
{
	(void)ctx, (void)list, (void)n, (void)b;
	return ERR_OK;
}

static bool same(const struct work_change *a, const struct work_change *b)
{
	if (a->kind != b->kind || a->ino != b->ino)
		return false;
	return a->kind != WORK_ENTRY ||
	       (a->before == b->before && a->after == b->after && !name_cmp(&a->name, &b->name));
}

static bool is_told(const struct work_change *list, size_t n, const struct work_change *x)
{
	bool ret = false;
	for (size_t i = 0; i < n; i++)
		ret |= same(&list[i], x);
	return ret;
}

static void tell(void *ctx, const struct work_change *list, size_t n)
{
	struct desk *d = ctx;
	for (size_t i = 0; i < d->want.n; i++)
		d->missing += !is_told(list, n, &d->want.v[i]);
}

/* compared_prepare: of several parts each is made in a stop of its own. */
static err_t compared_prepare(void *ctx, const struct view *published, const struct records *changes)
{
	struct desk *d = ctx;
	const struct follow *f = work_follow(d->w);
	err_t e = f->prepare(f->ctx, published, changes);
	if (!e && following_parts(d->w->ahead.following) > 1)
		assert_true(d->stops > following_parts(d->w->ahead.following));
	d->prepared = true;
	return e;
}

/* compared: what is to be told, as if nothing had been made ahead; then with that. */
static err_t compared(void *ctx, const struct view *published, const struct records *changes, struct batch *b)
{
	struct desk *d = ctx;
	cleanup(batch_freep) struct batch *none = batch_new();
	const struct follow *f = work_follow(d->w);
	const struct ahead made = d->w->ahead;
	d->w->ahead = (struct ahead){ 0 };
	ok(ahead_follow(d->w, published, changes, none));
	ahead_drop(d->w);
	d->w->ahead = made;
	work_changes_free(&d->want);
	d->want = d->w->news;
	d->w->news = (struct work_changes){ 0 };
	return f->fn(f->ctx, published, changes, b);
}

static void compared_end(void *ctx, bool applied)
{
	follow_end(work_follow(((struct desk *)ctx)->w), applied);
}

static void on_enter(void *ctx)
{
	((struct desk *)ctx)->stops++;
}

/* on_leave: what others do between two stops. */
static void on_leave(void *ctx)
{
	struct desk *d = ctx;
	for (uint64_t some = d->delivering ? below(d, 3) : 0; some; some--)
		operate(d);
}

static void work_begins(struct desk *d)
{
	const struct work_told told = { known, known, is_open, nameless, keep, tell, d };
	const struct map_freeze hook = { .enter = on_enter, .leave = on_leave, .ctx = d };
	const struct work_config c = { d->map, US, d->hash, &naming, d->part };
	ok(work_open(&c, &d->w));
	work_on_changes(d->w, &told);
	map_on_freeze(d->map, &hook);
}

/* -- what others say ----------------------------------------------------------------------------------------------- */

static err_t add_ino(void *ctx, uint64_t ino)
{
	return u64s_add(ctx, ino);
}

/* What others say of files that were made here, and of which the open changeset may say something, too. */
static void say_of_ours(struct desk *d, struct draft *draft)
{
	cleanup(u64s_free) struct u64s inos = { 0 };
	ok(shared_inos(draft_view(draft), add_ino, &inos));
	for (size_t i = 0; i < inos.n; i++) {
		uint64_t ino = inos.v[i];
		const struct shared_key key = shared_key_ino(SHARED_INODE, ino);
		bool said = said_may(work_changeset(d->w)->open, shared_key_span(&key));
		if (below(d, said ? 2 : 2 * inos.n))
			continue;
		cleanup(shared_inode_free) struct shared_inode s = { 0 };
		bool version = shared_inode(draft_view(draft), ino, &s) == ERR_OK && s.has_version;
		s.version.gone = true;
		if (version && below(d, 2)) /* it is replaced */
			ok(draft_put_version(draft, &s.version));
		if (version)
			draft_version(&d->dice, draft, ino);
		else if (ino != INO_ROOT)
			draft_edit(&d->dice, draft, ino);
	}
}

static void deliver(struct desk *d)
{
	struct draft draft;
	struct changeset *c = work_changeset(d->w);
	draft_begin(&draft, &c->shown.published);
	random_records(&d->dice, &draft);
	say_of_ours(d, &draft);
	const struct follow f = { compared, d, compared_end, compared_prepare };
	d->delivering = true;
	d->prepared = false;
	d->stops = 0;
	ok(changeset_deliver(c, &(struct delivery){ draft_records(&draft), 7, NULL, &f }));
	d->delivering = false;
	assert_true(d->prepared);
	assert_int_equal(d->missing, 0);
	draft_end(&draft);
}

static err_t is_left(void *ctx, uint64_t ino)
{
	(void)ctx, (void)ino;
	return ERR_DAMAGED;
}

static err_t load_visit(void *ctx, struct span key, struct span value)
{
	(void)value;
	return draft_load(ctx, key);
}

/* What went is noted as it goes: all that the changeset says tells of nothing else that is to be forgotten. */
static void forget(struct desk *d)
{
	const struct view *said = &work_changeset(d->w)->open->view;
	const struct unborn_told told = { is_left, NULL };
	struct work_op op;
	ok(work_begin(d->w, &op));
	ok(work_forget(&op, NULL));
	ok(work_apply(&op));
	work_end(&op);
	ok(work_begin(d->w, &op));
	ok(said->scan(said->ctx, SPAN(NULL, 0), SPAN(NULL, 0), load_visit, &op.o.draft));
	ok(unborn_forget(op.act, NULL, &told));
	work_end(&op);
}

static void publish(struct desk *d)
{
	struct changeset *c = work_changeset(d->w);
	forget(d);
	err_t e = changeset_close(c, work_closing(d->w));
	assert_true(e == ERR_OK || e == ERR_NOTFOUND);
	while (!(e = changeset_publish(c, PUBLISH_PART, NULL)))
		check(d);
	assert_int_equal(e, ERR_NOTFOUND);
}

/* All anew, if the record does not say that they are there: whatever else is. */
static void reopen(struct desk *d)
{
	cleanup(batch_freep) struct batch *b = batch_new();
	const struct shown_key left = shown_key_2(SHOWN_SPECIAL, below(d, 40), 5);
	work_freep(&d->w);
	if (below(d, 2)) {
		batch_del(b, MAP_STATE, span_str(STATE_SHOWN));
		batch_put(b, MAP_RECORDS, shown_key_span(&left), SPAN(NULL, 0));
		ok(map_apply(d->map, b));
	}
	work_begins(d);
}

static void schedule(uint64_t seed, unsigned steps)
{
	struct desk d;
	desk_begin(&d, seed);
	for (unsigned i = 0; i < steps; i++) {
		uint64_t what = below(&d, 20);
		for (uint64_t some = what < 12 ? 1 + below(&d, 5) : 0; some; some--)
			operate(&d);
		if (what >= 12 && what < 17)
			deliver(&d);
		if (what >= 17 && what < 19)
			publish(&d);
		if (what == 19)
			reopen(&d);
		check(&d);
	}
	desk_end(&d);
}

static void local_records_follow(void **state)
{
	(void)state;
	const char *seed = getenv("SEED"), *steps = getenv("STEPS");
	uint64_t first = seed ? strtoull(seed, NULL, 10) : (uint64_t)time(NULL);
	unsigned left = steps ? (unsigned)atoi(steps) : 1000;
	for (uint64_t s = first; left; s++) {
		unsigned n = MIN(left, 20 + (unsigned)(s % 50));
		fprintf(stderr, "%sSEED=%" PRIu64, s == first ? "" : "\r", s);
		schedule(s, n);
		left -= n;
	}
	fprintf(stderr, "\n");
}

/* Schedules that once failed: 1796111569: what is split needs what needs that split. */
static void schedules_that_failed(void **state)
{
	(void)state;
	schedule(1796111569, 39);
}

/* The published version is replaced here, and then by another device: what it says stands in INODE, and is a sibling.
 */
static void both_replace_a_version(void **state)
{
	(void)state;
	struct desk d;
	struct work_op op;
	struct draft draft;
	uint64_t ino;
	enum refusal refusal;
	cleanup(shared_inode_free) struct shared_inode s = { 0 };
	const struct spot at_ = spot(INO_ROOT, "a");
	struct act_contents c = { CONTENTS_INLINE, 1, { { 1 } }, span_str("x") };
	const struct act_new new = { .type = 8, .contents = &c };
	desk_begin(&d, 1);
	ok(work_begin(d.w, &op));
	ok(names_create(op.act, &at_, &new, &ino, &refusal));
	ok(work_apply(&op));
	work_end(&op);
	publish(&d);
	c.tag.b[0] = 2;
	ok(work_begin(d.w, &op));
	ok(contents_write(op.act, &at_, &c, &(struct act_attrs){ NULL, 0 }, &refusal));
	ok(work_apply(&op));
	work_end(&op);
	draft_begin(&draft, &work_changeset(d.w)->shown.published);
	ok(shared_inode(draft_view(&draft), ino, &s));
	s.version.gone = true;
	ok(draft_put_version(&draft, &s.version));
	ok(draft_put_version(&draft, &(struct version_rec){ .ino = ino, .id = ver(9, 9), .root = ver(9, 9) }));
	ok(changeset_deliver(work_changeset(d.w),
	                     &(struct delivery){ draft_records(&draft), 9, NULL, work_follow(d.w) }));
	draft_end(&draft);
	check(&d);
	desk_end(&d);
}

static void put_local(struct desk *d, const struct shown_key *k, struct span value)
{
	cleanup(batch_freep) struct batch *b = batch_new();
	if (value.p)
		batch_put(b, MAP_RECORDS, shown_key_span(k), value);
	else
		batch_del(b, MAP_RECORDS, shown_key_span(k));
	ok(map_apply(d->map, b));
}

/* Each kind of difference, at the first and behind the last record. */
static void a_difference_is_found(void **state)
{
	(void)state;
	struct desk d;
	struct work_op op;
	uint64_t ino, hash;
	enum refusal refusal;
	const struct spot at_ = spot(INO_ROOT, "a");
	const struct act_new dir = { .type = 4 };
	const struct shown_key last = shown_key_1(SHOWN_SUBDIRS, INO_ROOT), more = shown_key_1(SHOWN_SUBDIRS, 9);
	desk_begin(&d, 1);
	ok(work_begin(d.w, &op));
	ok(names_create(op.act, &at_, &dir, &ino, &refusal));
	ok(work_apply(&op));
	work_end(&op);
	ok(shown_hash(d.hash, span_str("a"), &hash));
	const struct shown_key first = shown_key_2(SHOWN_NAMES, INO_ROOT, hash);
	assert_int_equal(found(&d, NULL), SHOWN_FINE);
	put_local(&d, &more, span_str("12345678"));
	assert_int_equal(found(&d, &more), SHOWN_MORE);
	put_local(&d, &last, SPAN(NULL, 0));
	assert_int_equal(found(&d, &last), SHOWN_LACKS);
	put_local(&d, &last, span_str("12345678"));
	assert_int_equal(found(&d, &last), SHOWN_OTHER);
	put_local(&d, &first, SPAN(NULL, 0));
	assert_int_equal(found(&d, &first), SHOWN_LACKS);
	desk_end(&d);
}

static void link_or_unlink(struct desk *d, uint64_t ino, bool link)
{
	struct work_op op;
	enum refusal refusal = REFUSED_NOT;
	const struct spot one = spot(INO_ROOT, "one"), other = spot(INO_ROOT, "other");
	uint64_t now = ino;
	const struct act_contents c = { .kind = CONTENTS_NONE };
	const struct act_new file = { .type = 8, .contents = &c };
	ok(work_begin(d->w, &op));
	if (!link)
		ok(names_unlink(op.act, &other, &(struct act_along){ NULL }, &refusal));
	else if (!ino)
		ok(names_create(op.act, &one, &file, &now, &refusal));
	else
		ok(names_link(op.act, &one, &other, NULL, &refusal));
	assert_int_equal(refusal, REFUSED_NOT);
	ok(work_apply(&op));
	work_end(&op);
}

static bool is_absent(const struct desk *d, enum shown_kind kind)
{
	return d->w->index.absent & 1u << (kind - SHOWN_NAMES);
}

/* What no vault of one device has is not looked for; once there is one of it, it is. */
static void a_kind_that_comes_is_looked_for(void **state)
{
	(void)state;
	struct desk d;
	unsigned names;
	desk_begin(&d, 1);
	assert_true(is_absent(&d, SHOWN_SEVERAL) && is_absent(&d, SHOWN_HANGS) && is_absent(&d, SHOWN_MEMBERS));
	link_or_unlink(&d, 0, true);
	assert_true(is_absent(&d, SHOWN_SEVERAL));
	assert_false(is_absent(&d, SHOWN_NAMES));
	link_or_unlink(&d, 1, true);
	assert_false(is_absent(&d, SHOWN_SEVERAL));
	assert_true(is_absent(&d, SHOWN_HANGS));
	work_freep(&d.w);
	work_begins(&d);
	assert_false(is_absent(&d, SHOWN_SEVERAL));
	struct work_entry x;
	ok(work_lookup(d.w, INO_ROOT, span_str("one"), &x));
	ok(work_names(d.w, x.ino, &names));
	assert_int_equal(names, 2);
	link_or_unlink(&d, 1, false);
	check(&d);
	desk_end(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(local_records_follow),
		cmocka_unit_test(schedules_that_failed),
		cmocka_unit_test(both_replace_a_version),
		cmocka_unit_test(a_difference_is_found),
		cmocka_unit_test(a_kind_that_comes_is_looked_for),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

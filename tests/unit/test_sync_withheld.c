/* SPDX-License-Identifier: MIT
 * A store that withholds history: three devices, every combination of what it does not show, for who reads. Either the
 * reader has all, or an alarm is open; never neither, as long as one signed word that it can see names what it lacks.
 *
 * Terms
 *   line     the devices work in turn, each on what the others have: each commit stands on all before it
 *   middle   a moment in it; reader: who is there since, as it was then, or who joins
 *   view     what the store shows: of each commit, of all letters, and of the guide, yes or no; of each head the
 * newest, that of the middle, or none told     the reader can know: it sees a head that names what it lacks, or a
 * commit that stands on it; or a head that it saw before is gone. Who is told of nothing is shown what the vault once
 * was: no signature tells
 */
#include "tests/sync_backup.h"
#include "tests/sync_files.h"
#include "tests/sync_lossy.h"

#define DEVICES 3
#define LINE_MAX 12
#define NEWCOMER DEVICES

enum head_shown { HEAD_NEW, HEAD_MIDDLE, HEAD_NONE, HEAD_STATES };
struct view_of_store {
	unsigned commits; /* bit i: that of the line is not there */
	enum head_shown head[DEVICES];
	bool letters, guide; /* are there */
};
struct link { /* of the line */
	char name[OBJECT_NAME];
	unsigned device;
	uint64_t n;
	char *files; /* when it was there */
};
struct line {
	struct fleet f;
	unsigned reader;
	struct link v[LINE_MAX];
	size_t n, middle; /* all; how many were there then */
	char head[DEVICES][OBJECT_NAME];
	struct buf head_middle[DEVICES];
};
struct tally {
	unsigned all, complete, alarmed, once; /* once: shown what the vault once was, and told of nothing */
};

/* -- the line ---------------------------------------------------------------------------------------------------- */

/* grow: what that device has published since. */
static void grow(struct line *l, unsigned device)
{
	struct ship *d = &l->f.d[device];
	uint64_t known = 0;
	for (size_t i = 0; i < l->n; i++)
		if (l->v[i].device == device)
			known = l->v[i].n;
	for (uint64_t n = known + 1; n <= d->sync->st.n; n++) {
		struct link *x = &l->v[l->n++];
		assert_true(l->n <= LINE_MAX);
		*x = (struct link){ .device = device, .n = n, .files = ship_list(d) };
		ship_commit_name(&l->f, d, n, 0, x->name);
	}
}

/* work: one writes, and all that take part have it. */
static void work(struct line *l, unsigned device, unsigned absent)
{
	static const char *const paths[DEVICES] = { "/of-a", "/of-b", "/of-c" };
	struct fleet *f = &l->f;
	char text[24];
	snprintf(text, sizeof(text), "%zu", l->n);
	ship_must(&f->d[device], DEED_WRITE, paths[device], text);
	ship_step(&f->d[device]);
	grow(l, device);
	for (unsigned round = 0; round < 2; round++)
		for (unsigned i = 0; i < DEVICES; i++)
			if (i != absent)
				ship_step(&f->d[i]);
	for (unsigned i = 0; i < DEVICES; i++)
		grow(l, i);
}

/* line_new: `reader` is away from the middle on. */
static void line_new(struct line *l, unsigned reader)
{
	static const char *const names[DEVICES] = { "desk", "laptop", "phone" };
	struct fleet *f = &l->f;
	*l = (struct line){ .reader = reader };
	fleet_new_on(f, &vault, lossy_new(store_mem_new()));
	grow(l, 0);
	for (unsigned i = 1; i < DEVICES; i++) {
		(void)fleet_join(f, names[i]);
		ship_step(&f->d[i]);
		grow(l, i);
		ship_step(&f->d[0]);
	}
	fleet_settle(f);
	for (unsigned i = 0; i < DEVICES; i++) {
		grow(l, i);
		ship_head_name(f, &f->d[i], l->head[i]);
		ok(store_get_sync(f->shared, l->head[i], 0, 0, 0, &l->head_middle[i]));
	}
	l->middle = l->n;
	for (unsigned i = 0; i < DEVICES; i++)
		if (i != reader)
			work(l, i, reader);
	for (unsigned i = 0; i < DEVICES && reader != NEWCOMER; i++)
		if (i != reader)
			work(l, i, reader);
}

static void line_free(struct line *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->v[i].files);
	for (unsigned i = 0; i < DEVICES; i++)
		buf_free(&l->head_middle[i]);
	fleet_free(&l->f);
}

/* -- what the store shows ---------------------------------------------------------------------------------------- */

static void lose(struct store *s, const char *name)
{
	err_t e = store_del_sync(s, name);
	assert_true(!e || e == ERR_NOTFOUND);
}

static struct store *store_of(const struct line *l, const struct view_of_store *v)
{
	struct store *s = lossy_copy(l->f.shared);
	cleanup(epoch_wipe) struct epoch epoch = { 0 };
	char name[OBJECT_NAME];
	ok(epoch_open(l->f.v->keyring, 1, &epoch));
	for (size_t i = 0; i < l->n; i++)
		if (v->commits >> i & 1)
			lose(s, l->v[i].name);
	for (unsigned i = 0; i < DEVICES; i++) {
		if (v->head[i] == HEAD_NONE)
			lose(s, l->head[i]);
		if (v->head[i] == HEAD_MIDDLE)
			ok(store_put_sync(s, l->head[i], buf_span(&l->head_middle[i])));
	}
	ok(name_guide(&epoch.names, name));
	if (!v->guide)
		lose(s, name);
	for (unsigned i = 0; i + 1 < DEVICES && !v->letters; i++) {
		ok(name_join(&epoch.names, i, name));
		lose(s, name);
	}
	return s;
}

/* -- what can be known --------------------------------------------------------------------------------------------- */

static bool is_shown(const struct view_of_store *v, size_t i)
{
	return !(v->commits >> i & 1);
}

/* reached: those that are asked for in turn: of a stream that is known, up to the first that is not there. Who was
 * there in the middle has all of then. */
static bool reached(const struct line *l, const struct view_of_store *v, const bool known[DEVICES], size_t at)
{
	bool there = known[l->v[at].device];
	size_t from = l->reader == NEWCOMER ? 0 : l->middle;
	for (size_t i = from; i <= at; i++)
		there &= l->v[i].device != l->v[at].device || is_shown(v, i);
	return there;
}

/* names: how many of the line a head that is shown so names. */
static size_t names(const struct line *l, enum head_shown h)
{
	if (h == HEAD_NONE)
		return 0;
	return h == HEAD_NEW ? l->n : l->middle;
}

static bool told(const struct line *l, const struct view_of_store *v)
{
	const bool member = l->reader != NEWCOMER;
	const bool first = member || v->guide, others = first || v->letters;
	const bool known[DEVICES] = { first, others, others };
	size_t named = 0; /* by whatever is seen */
	bool gone = false, lacks = false;
	for (unsigned i = 0; i < DEVICES; i++) {
		if (!known[i] || i == l->reader)
			continue;
		named = MAX(named, names(l, v->head[i]));
		gone |= member && v->head[i] == HEAD_NONE;
	}
	for (size_t i = 0; i < l->n; i++)
		if (reached(l, v, known, i))
			named = MAX(named, i);
	for (size_t i = 0; i < named; i++)
		lacks |= !reached(l, v, known, i);
	return lacks || gone;
}

/* -- the reader ---------------------------------------------------------------------------------------------------- */

/* wake: the reader as it was. */
static struct ship *wake(struct line *l, struct fleet *f)
{
	struct ship *was = &l->f.d[l->reader], *d = &f->d[f->n++];
	struct base *copy = NULL;
	backup(was, &copy);
	*d = (struct ship){ .base = copy };
	ship_is(d, was->mine);
	ship_names(d);
	d->store = fault_new(passing_new(f->shared), 9);
	ship_map(d);
	ship_open(f, d);
	return d;
}

static bool alarmed(struct ship *d)
{
	struct alarm list[SYNC_ALARMS_MAX];
	return sync_alarms(d->sync, list) > 0;
}

static bool was_once(const struct line *l, const char *files)
{
	for (size_t i = 0; i < l->n; i++)
		if (!strcmp(l->v[i].files, files))
			return true;
	return false;
}

static void fail_view(const struct line *l, const struct view_of_store *v, const char *what, const char *files)
{
	fail_msg("%s: reader %u, commits %x of %zu withheld, heads %d %d %d, letters %d, guide %d: shown:\n%s", what,
	         l->reader, v->commits, l->n, (int)v->head[0], (int)v->head[1], (int)v->head[2], v->letters, v->guide,
	         files);
}

static void judge(struct line *l, const struct view_of_store *v, struct ship *d, struct tally *t)
{
	cleanup_free char *files = ship_list(d);
	const bool complete = !strcmp(files, l->v[l->n - 1].files), said = alarmed(d);
	t->complete += complete;
	t->alarmed += said;
	if (told(l, v) && !complete && !said)
		fail_view(l, v, "silent", files);
	if (!complete && !said && !was_once(l, files))
		fail_view(l, v, "never was so", files);
	t->once += !complete && !said;
}

static void one_view(struct line *l, const struct view_of_store *v, struct tally *t)
{
	struct fleet f = { .v = l->f.v, .shared = store_of(l, v), .now = l->f.now };
	struct why why = { 0 };
	struct ship *d;
	err_t e = ERR_OK;
	if (l->reader == NEWCOMER)
		e = fleet_try_join(&f, "tablet", &d, &why);
	else
		d = wake(l, &f);
	t->all++;
	for (unsigned i = 0; i < 2 && !e; i++)
		(void)!sync_step(d->sync); /* what is lacking may be what it ends with */
	if (e)
		t->alarmed++;
	else
		judge(l, v, d, t);
	fleet_free(&f);
}

/* -- all of them -----------------------------------------------------------------------------------------------------
 */

/* is_asked: the reader's own head is as it left it. What says little more is left out, but with CLOUDSEAL_FULL=1: to
 * who was there letters without the guide, to who joins heads of the middle beside either of these. */
static bool is_asked(const struct line *l, const struct view_of_store *v)
{
	const char *full = getenv("CLOUDSEAL_FULL");
	bool middle = false;
	for (unsigned i = 0; i < DEVICES; i++)
		middle |= v->head[i] == HEAD_MIDDLE;
	if (l->reader != NEWCOMER && v->head[l->reader] != HEAD_NEW)
		return false;
	if (full && *full == '1')
		return true;
	return l->reader == NEWCOMER ? !middle || (v->letters && v->guide) : v->letters == v->guide;
}

/* every: commits from `from` on. */
static void every(struct line *l, size_t from, struct tally *t)
{
	const size_t commits = l->n - from;
	const unsigned heads = HEAD_STATES * HEAD_STATES * HEAD_STATES;
	for (unsigned at = 0; at < heads * 4u << commits; at++) {
		struct view_of_store v = { .commits = at / heads / 4 << from };
		v.letters = at / heads & 1;
		v.guide = at / heads & 2;
		for (unsigned i = 0, h = at % heads; i < DEVICES; i++, h /= HEAD_STATES)
			v.head[i] = h % HEAD_STATES;
		if (is_asked(l, &v))
			one_view(l, &v, t);
	}
}

static void nothing_that_is_named_lacks_in_silence(unsigned reader, size_t from_middle)
{
	struct line l;
	struct tally t = { 0 };
	line_new(&l, reader);
	every(&l, from_middle ? l.middle : 0, &t);
	print_message("reader %u: %zu commits, %u views: %u complete, %u with an alarm, %u as it once was\n", reader,
	              l.n, t.all, t.complete, t.alarmed, t.once);
	assert_true(t.complete && t.alarmed && t.once);
	line_free(&l);
}

static void the_first_device_is_told(void **state)
{
	(void)state;
	nothing_that_is_named_lacks_in_silence(0, true);
}
static void the_second_device_is_told(void **state)
{
	(void)state;
	nothing_that_is_named_lacks_in_silence(1, true);
}
static void the_third_device_is_told(void **state)
{
	(void)state;
	nothing_that_is_named_lacks_in_silence(2, true);
}
static void who_joins_is_told(void **state)
{
	(void)state;
	nothing_that_is_named_lacks_in_silence(NEWCOMER, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_device_is_told),
		cmocka_unit_test(the_second_device_is_told),
		cmocka_unit_test(the_third_device_is_told),
		cmocka_unit_test(who_joins_is_told),
	};
	return cmocka_run_group_tests(tests, vault_begin, vault_end);
}

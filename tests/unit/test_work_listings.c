/* SPDX-License-Identifier: MIT
 * Names that are kept for the next listing: what is listed is what is there, whatever happened since, and no more is
 * kept than may be. Within an operation nothing is kept, so there the records themselves are read.
 */
#include "tests/unit/work_desk.h"
#include "vault/work/parts.h"

#define MANY 1200 /* several parts */
#define FEW 12    /* names that come and go */

/* -- as without ---------------------------------------------------------------------------------------------------- */

struct list {
	struct work_entry v[MANY + 2 * FEW + 2];
	size_t n, most;
};

static err_t list_visit(void *ctx, const struct work_entry *x)
{
	struct list *l = ctx;
	assert_true(l->n < ARRAY_LEN(l->v));
	if (l->n == l->most)
		return ERR_CANCELED;
	l->v[l->n++] = *x;
	return ERR_OK;
}

static void list(struct desk *d, uint64_t dir, uint64_t from, struct list *l)
{
	l->n = 0;
	err_t e = work_children(d->w, dir, from, list_visit, l);
	assert_true(!e || e == ERR_NOTFOUND || (e == ERR_CANCELED && l->n == l->most));
}

static void same(struct desk *d, uint64_t dir, uint64_t from, size_t most)
{
	static struct list kept, read;
	struct work_op op;
	kept.most = read.most = most;
	list(d, dir, from, &kept);
	ok(work_begin(d->w, &op));
	list(d, dir, from, &read);
	work_end(&op);
	assert_int_equal(kept.n, read.n);
	for (size_t i = 0; i < read.n; i++) {
		const struct work_entry *a = &kept.v[i], *b = &read.v[i];
		assert_true(a->ino == b->ino && a->type == b->type && a->hash == b->hash);
		assert_true(name_cmp(&a->name, &b->name) == 0);
	}
}

static uint64_t random_hash(void)
{
	return ((uint64_t)random() << 33) ^ ((uint64_t)random() << 16) ^ (uint64_t)random();
}

static struct spot random_spot(const uint64_t dirs[3])
{
	char name[16];
	snprintf(name, sizeof(name), "few %u", (unsigned)random() % FEW);
	return spot_at(dirs[random() % 3], name);
}

/* change: it may be refused. */
static void change(struct desk *d, const uint64_t dirs[3])
{
	const struct spot at = random_spot(dirs), to = random_spot(dirs);
	struct act_contents none = { .kind = CONTENTS_NONE };
	struct act_new file = { .type = FILE_TYPE, .contents = &none }, folder = { .type = DIR_TYPE };
	struct work_op op;
	enum refusal refusal;
	uint64_t ino;
	err_t e = ERR_OK;
	ok(work_begin(d->w, &op));
	switch (random() % 6) {
	case 0:
	case 1:
		e = names_create(op.act, &at, &file, &ino, &refusal);
		break;
	case 2:
		e = names_create(op.act, &at, &folder, &ino, &refusal);
		break;
	case 3:
		e = names_unlink(op.act, &at, NULL, &refusal);
		break;
	case 4:
		e = names_link(op.act, &at, &to, NULL, &refusal);
		break;
	default:
		e = moves_rename(op.act, &at, &to, NULL, &refusal);
	}
	ok(e);
	if (refusal == REFUSED_NOT)
		ok(work_apply(&op));
	work_end(&op);
}

/* deliver: others made a file of a name that may be there, or wrote one that is. */
static void deliver(struct desk *d, const uint64_t dirs[3], unsigned n)
{
	struct changeset *c = work_changeset(d->w);
	const struct spot at = random_spot(dirs);
	const struct stamp stamp = { 5000 + n, THEM, n + 1 };
	uint64_t ino = ((uint64_t)77 << 24) + n;
	struct work_entry there;
	struct draft said;
	struct link_rec l = { .ino = ino, .life = stamp, .where = { .stamp = stamp, .at = at, .seat = { stamp, 0 } } };
	const bool write = random() % 2 && !work_lookup(d->w, at.dir, SPAN(at.name.b, at.name.len), &there) &&
	                   there.type == FILE_TYPE && !(there.ino >> 63);
	struct version_rec v = version_of(write ? there.ino : ino, (struct version_id){ stamp, { { 'm' } } }, "mine");
	draft_begin(&said, &c->shown.published);
	if (!write) {
		ok(draft_put_head(&said, &(struct inode_head){ .ino = ino, .type = FILE_TYPE, .birth = { { 9 } } }));
		ok(draft_put_link(&said, &l));
	}
	ok(draft_put_version(&said, &v));
	ok(changeset_deliver(c, &(struct delivery){ draft_records(&said), 5000 + n, NULL, work_follow(d->w) }));
	version_rec_free(&v);
	draft_end(&said);
}

static void listings_are_what_is_there(void **state)
{
	struct desk d;
	(void)state;
	srandom(20);
	desk_begin(&d);
	const uint64_t dirs[3] = { INO_ROOT, make(&d, INO_ROOT, "one", NULL), make(&d, INO_ROOT, "many", NULL) };
	for (unsigned i = 0; i < MANY; i++) {
		char name[24];
		snprintf(name, sizeof(name), "stays %u", i);
		make(&d, dirs[2], name, "text");
	}
	for (unsigned step = 0; step < 600; step++) {
		if (step % 50 == 49)
			publish(&d);
		if (step % 10 == 9)
			deliver(&d, dirs, step);
		else
			change(&d, dirs);
		same(&d, dirs[step % 3], 0, SIZE_MAX);
		same(&d, dirs[(step + 1) % 3], random_hash(), SIZE_MAX);
		same(&d, dirs[(step + 2) % 3], random_hash(), (size_t)random() % 700);
	}
	desk_end(&d);
}

/* -- what it costs ------------------------------------------------------------------------------------------------- */

static size_t scans;
static struct view counted;

static err_t scan_counted(void *ctx, struct span prefix, struct span from, view_visit fn, void *arg)
{
	scans++;
	return counted.scan(ctx, prefix, from, fn, arg);
}

static void read_once(struct desk *d, uint64_t dir, size_t n, bool reads)
{
	static struct list l;
	l.most = SIZE_MAX;
	scans = 0;
	list(d, dir, 0, &l);
	assert_int_equal(l.n, n);
	assert_true(reads == (scans > 0));
}

static void a_name_is_read_once(void **state)
{
	struct desk d;
	(void)state;
	desk_begin(&d);
	uint64_t dir = make(&d, INO_ROOT, "dir", NULL), other = make(&d, INO_ROOT, "other", NULL);
	make(&d, dir, "file", "text");
	counted = d.w->local;
	d.w->local.scan = scan_counted;
	read_once(&d, dir, 1, true);
	read_once(&d, dir, 1, false);
	make(&d, other, "file", "text"); /* another directory is none of it */
	list(&d, INO_ROOT, 0, &(struct list){ .most = SIZE_MAX });
	read_once(&d, dir, 1, false);
	make(&d, dir, "second", "text");
	read_once(&d, dir, 2, true);
	read_once(&d, dir, 2, false);
	desk_end(&d);
}

/* -- how much is kept ---------------------------------------------------------------------------------------------- */

static void add_claim(struct records *to, uint64_t dir, uint64_t hash, uint8_t length)
{
	cleanup(buf_free) struct buf value = BUF_INIT;
	cleanup(claims_free) struct claims claims = { 0 };
	struct claim one = { .type = FILE_TYPE, .ino = hash, .lid = 1, .name.len = length };
	struct shown_key key = shown_key_2(SHOWN_NAMES, dir, hash << 32);
	memset(one.name.b, 'n', length);
	ok(claims_add(&claims, &one));
	ok(claims_encode(&claims, &value));
	ok(records_put(to, shown_key_span(&key), buf_span(&value)));
}

/* within: the books are right, and within bounds. */
static void within(const struct listings *l)
{
	size_t bytes = 0;
	for (unsigned i = 0; i < LISTINGS_PARTS; i++)
		bytes += l->slot[i] ? sizeof(struct listings_part) + l->slot[i]->names.cap : 0;
	assert_int_equal(bytes, l->bytes);
	assert_true(bytes <= LISTINGS_BYTES);
}

static void read_all(struct listings *l, const struct context *c, uint64_t dir)
{
	struct children_from from = { dir, 0 };
	for (bool last = false; !last;) {
		struct listings_part *p = listings_take(l, from);
		if (!p)
			ok(listings_read(l, c, from, &p));
		assert_non_null(p);
		last = p->last == UINT64_MAX;
		from.hash = p->last + 1;
		listings_put(l, p);
		within(l);
	}
}

static void no_more_is_kept_than_may_be(void **state)
{
	struct records local = RECORDS_INIT;
	const struct view v = records_view(&local);
	const struct context c = { .local = &v };
	struct listings *l = calloc(1, sizeof(*l));
	(void)state;
	listings_begin(l);
	for (uint64_t dir = 1; dir <= 2; dir++)
		for (uint64_t i = 0; i < 10000; i++)
			add_claim(&local, dir, i, 250);
	for (uint64_t dir = 3; dir < 3 + 2 * LISTINGS_PARTS; dir++)
		add_claim(&local, dir, 1, 10);
	for (uint64_t dir = 1; dir < 3 + 2 * LISTINGS_PARTS; dir++)
		read_all(l, &c, dir);
	read_all(l, &c, 1);
	listings_end(l);
	assert_int_equal(l->bytes, 0);
	free(l);
	records_free(&local);
}

static err_t count_child(void *ctx, const struct child *x)
{
	(void)x;
	++*(unsigned *)ctx;
	return ERR_OK;
}

static void who_reads_a_part_has_it_till_the_end(void **state)
{
	struct records local = RECORDS_INIT;
	const struct view v = records_view(&local);
	const struct context c = { .local = &v };
	struct listings *l = calloc(1, sizeof(*l));
	struct listings_part *p = NULL;
	unsigned n = 0;
	(void)state;
	listings_begin(l);
	add_claim(&local, 1, 5, 10);
	ok(listings_read(l, &c, (struct children_from){ 1, 0 }, &p));
	assert_ptr_equal(listings_take(l, (struct children_from){ 1, 9 }), p);
	listings_put(l, p);
	listings_drop(l);
	assert_null(listings_take(l, (struct children_from){ 1, 0 }));
	ok(listings_visit(p, 0, count_child, &n));
	assert_int_equal(n, 1);
	listings_put(l, p);
	listings_end(l);
	free(l);
	records_free(&local);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(listings_are_what_is_there),
		cmocka_unit_test(a_name_is_read_once),
		cmocka_unit_test(no_more_is_kept_than_may_be),
		cmocka_unit_test(who_reads_a_part_has_it_till_the_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT
 * What a hostile member can write: records with each group missing, of another class, with bytes or a stamp that break
 * its rule, and two of these at once. A commit with it is refused, or joins; whatever then stands in the state, all of
 * it is read, has a tree, and every other file is where it was. CLOUDSEAL_FULL=1: all pairs, else some of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
/* cmocka wants these first */
#include <cmocka.h>

#include "tests/tree_check.h"
#include "tests/unit/join_random.h"
#include "tests/unit/join_util.h"
#include "vault/join/group_encode.h"
#include "vault/join/group_join.h"
#include "vault/join/inode_head.h"
#include "vault/join/known.h"

enum { DIR = 10, KEPT, BESIDE, VICTIM, NEW, LID = 3 };
#define TEXT "what is in it"

/* What can be wrong with a group, or with the key in it. */
enum how { GOOD, ABSENT, EMPTY, LONG, FLAGS, STAMPED, A_VALUE, A_MAP, A_SCOPED, A_VERSION, HOWS };
enum slot {
	IDENTITY,
	MODE,
	UID,
	GID,
	RDEV,
	MTIME,
	TIMES,
	NOBODYS,
	PLACE,
	WHERE,
	REMOVED,
	SEEN,
	WRITTEN,
	REPLACED,
	REPLACED_SEEN,
	VERSIONS,
	ROOT,
	VIA,
	GONE,
	CONTENTS,
	XATTRS,
	XATTR,
	LATER,
	SLOTS
};
struct forged {
	enum shared_kind kind;
	uint8_t type;
	enum how how[SLOTS];
	struct record r;
};
struct part { /* of a record, as it should be */
	uint16_t number;
	enum group_class class;
	struct stamp stamp;
	struct span bytes;
};

/* -- forging ----------------------------------------------------------------------------------------------------- */

/* of_class: a group with something in it. */
static void of_class(struct record *r, uint16_t number, enum group_class class)
{
	static const struct id tag = { { 9 } };
	if (class == GROUP_VALUE) {
		group_value(r, number, at(50, 2), span_str("value"));
		return;
	}
	size_t at_group = group_open(r, number, class, class == GROUP_SCOPED ? at(50, 2) : STAMP_ZERO);
	if (class != GROUP_SCOPED)
		group_close(r, group_key(r, at(50, 2), id_span(&tag)));
	group_close(r, at_group);
}

/* bent: stamp and bytes as `how` says. The caller frees. */
static struct buf bent(struct part *p, enum how how)
{
	struct buf b = BUF_INIT;
	if (how != EMPTY)
		buf_put(&b, p->bytes.p, p->bytes.len);
	if (how == LONG)
		buf_u8(&b, 0);
	if (how == FLAGS && b.len)
		b.p[0] |= 0x80;
	if (how == STAMPED)
		p->stamp = at(50, 2);
	ok(buf_ok(&b));
	return b;
}

/* other: whether it is not there, or of another class. */
static bool other(struct forged *f, enum slot s, uint16_t number)
{
	enum how how = f->how[s];
	if (how >= A_VALUE)
		of_class(&f->r, number, (enum group_class)(GROUP_VALUE + (how - A_VALUE)));
	return how == ABSENT || how >= A_VALUE;
}

static void value(struct forged *f, enum slot s, struct part p)
{
	if (other(f, s, p.number))
		return;
	cleanup(buf_free) struct buf b = bent(&p, f->how[s]);
	group_value(&f->r, p.number, p.stamp, buf_span(&b));
}

/* keyed: a MAP or VERSION with one key, which is still open. False: none. */
static bool keyed(struct forged *f, enum slot s, struct part p, size_t ret[2])
{
	if (other(f, s, p.number))
		return false;
	cleanup(buf_free) struct buf b = bent(&p, f->how[s]);
	ret[0] = group_open(&f->r, p.number, p.class, STAMP_ZERO);
	ret[1] = group_key(&f->r, p.stamp, buf_span(&b));
	return true;
}

static void close_keyed(struct forged *f, const size_t open[2])
{
	group_close(&f->r, open[1]);
	group_close(&f->r, open[0]);
}

static void seen(struct forged *f, enum slot s, uint16_t number)
{
	static const struct id tag = { { 7 } };
	size_t open[2];
	if (keyed(f, s, (struct part){ number, GROUP_MAP, at(9, 1), id_span(&tag) }, open))
		close_keyed(f, open);
}

static void replaced(struct forged *f)
{
	static const uint8_t by[16] = { [7] = BESIDE };
	size_t open[2];
	if (!keyed(f, REPLACED, (struct part){ 5, GROUP_MAP, at(9, 1), SPAN(by, sizeof(by)) }, open))
		return;
	seen(f, REPLACED_SEEN, 1);
	close_keyed(f, open);
}

static void place(struct forged *f)
{
	static const uint8_t where[] = { 0, DIR, 0, 0, 0, 0, 0, 0, 0, 2, 'z', 'z' };
	if (other(f, PLACE, 2))
		return;
	size_t open = group_open(&f->r, 2, GROUP_SCOPED, at(50, 2));
	if (f->how[PLACE] == GOOD) {
		value(f, WHERE, (struct part){ 1, GROUP_VALUE, at(50, 2), SPAN(where, sizeof(where)) });
		value(f, REMOVED, (struct part){ 2, GROUP_VALUE, at(50, 2), SPAN(NULL, 0) });
		seen(f, SEEN, 3);
		value(f, WRITTEN, (struct part){ 4, GROUP_VALUE, at(50, 2), SPAN(NULL, 0) });
		replaced(f);
	}
	group_close(&f->r, open);
}

static const struct version_id forged_id = { { 50, 2, 1 }, { { 5 } } };

static void versions(struct forged *f)
{
	static const uint8_t root[24] = { 1 }, via[8] = { [7] = LID },
	                     contents[] = { 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 'x' };
	size_t open[2];
	if (!keyed(f, VERSIONS, (struct part){ 10, GROUP_VERSION, forged_id.stamp, id_span(&forged_id.tag) }, open))
		return;
	value(f, ROOT, (struct part){ 1, GROUP_VALUE, at(9, 1), SPAN(root, sizeof(root)) });
	value(f, VIA, (struct part){ 2, GROUP_VALUE, STAMP_ZERO, SPAN(via, sizeof(via)) });
	value(f, GONE, (struct part){ 3, GROUP_VALUE, STAMP_ZERO, SPAN(NULL, 0) });
	value(f, CONTENTS, (struct part){ 4, GROUP_VALUE, STAMP_ZERO, SPAN(contents, sizeof(contents)) });
	close_keyed(f, open);
}

static void head(struct forged *f)
{
	static const uint8_t zero[36];
	uint8_t identity[17] = { 200 };
	identity[16] = f->type;
	value(f, IDENTITY, (struct part){ 1, GROUP_VALUE, STAMP_ZERO, SPAN(identity, sizeof(identity)) });
	place(f);
	static const size_t lengths[] = { 2, 4, 4, 8, 12, 36 };
	for (uint16_t i = 0; i < ARRAY_LEN(lengths); i++)
		value(f, (enum slot)(MODE + i),
		      (struct part){ (uint16_t)(3 + i), GROUP_VALUE, at(50, 2), SPAN(zero, lengths[i]) });
	value(f, NOBODYS, (struct part){ 9, GROUP_VALUE, at(50, 2), SPAN(zero, 4) });
	versions(f);
}

static void xattrs(struct forged *f)
{
	size_t open[2];
	if (!keyed(f, XATTRS, (struct part){ 1, GROUP_MAP, STAMP_ZERO, span_str("user.a") }, open))
		return;
	value(f, XATTR, (struct part){ 1, GROUP_VALUE, at(50, 2), SPAN("\1v", 2) });
	close_keyed(f, open);
}

/* forge: false: nothing that could be said. */
static bool forge(struct forged *f, struct buf *out)
{
	record_free(&f->r);
	if (f->kind == SHARED_INODE)
		head(f);
	else if (f->kind == SHARED_LINK)
		place(f);
	else if (f->kind == SHARED_XATTR)
		xattrs(f);
	else
		versions(f);
	value(f, LATER, (struct part){ 12, GROUP_VALUE, at(50, 2), SPAN(NULL, 0) });
	buf_clear(out);
	err_t e = f->r.n ? record_encode(&f->r, out) : ERR_INVAL;
	record_free(&f->r);
	assert_true(e == ERR_OK || e == ERR_INVAL);
	return e == ERR_OK;
}

static struct shared_key key_of(enum shared_kind kind, uint64_t ino)
{
	if (kind == SHARED_INODE)
		return shared_key_ino(kind, ino);
	bool of_version = kind == SHARED_SIBLING || kind == SHARED_VERSION;
	return of_version ? shared_key_version(kind, ino, forged_id) : shared_key_number(kind, ino, LID);
}

/* -- an honest vault --------------------------------------------------------------------------------------------- */

static void put_file(struct draft *d, uint64_t ino, uint64_t dir, uint8_t type)
{
	struct inode_head h = { .ino = ino, .type = type, .birth = { { (uint8_t)ino } } };
	struct link_rec l = link_of(ino, LID_FIRST, at(ino, 1), (const char[]){ (char)('a' + ino), 0 });
	cleanup(version_rec_free) struct version_rec v = version_of(ino, vid(ino, 1, (uint8_t)ino), TEXT);
	l.where.at.dir = dir;
	ok(draft_put_head(d, &h));
	ok(draft_put_link(d, &l));
	if (type == 8)
		ok(draft_put_version(d, &v));
}

static void put_vault(struct draft *d)
{
	ok(draft_put_head(d, &(struct inode_head){ .ino = INO_ROOT, .type = 4 }));
	put_file(d, DIR, INO_ROOT, 4);
	put_file(d, KEPT, DIR, 8);
	put_file(d, BESIDE, INO_ROOT, 8);
	put_file(d, VICTIM, DIR, 8);
}

static void who(void *ctx, const struct version_id *root, int64_t time, char out[CONFLICT_WHO])
{
	(void)ctx;
	conflict_who(id_span(&root->tag), time, out);
}

/* is_shown: the file is where it was; of a directory that was forged only somewhere. */
static bool is_shown(const struct tree *t, uint64_t ino, uint64_t victim)
{
	const struct tree_link *l;
	if (tree_link(t, ino, LID_FIRST, &l) || !l->live || !l->entry || l->entry->counter)
		return false;
	return victim == DIR || l->entry->dir == (ino == BESIDE ? INO_ROOT : DIR);
}

/* look: all that reads a state. */
static void look(const struct view *v, uint64_t victim)
{
	const struct tree_naming naming = { .who = who };
	static const uint64_t all[] = { INO_ROOT, DIR, KEPT, BESIDE, VICTIM, NEW };
	cleanup(tree_freep) struct tree *t = NULL;
	ok(tree_build(v, &naming, &t));
	tree_check(t, all, ARRAY_LEN(all));
	for (uint64_t ino = KEPT; ino <= VICTIM; ino++)
		if (ino != victim)
			assert_true(is_shown(t, ino, victim));
	cleanup(shared_inode_free) struct shared_inode inode = { 0 };
	cleanup(xattr_list_free) struct xattr_list xattrs = { 0 };
	err_t e = shared_inode(v, victim, &inode);
	assert_true(e == ERR_OK || e == ERR_NOTFOUND);
	ok(shared_xattrs(v, victim, &xattrs));
}

/* -- forged records meet it -------------------------------------------------------------------------------------- */

struct attack {
	struct records vault, edit; /* edit: an honest commit that comes afterwards */
	uint64_t seed;
	unsigned refused, joined;
};

static void begin_attack(struct attack *a)
{
	*a = (struct attack){ .seed = random_seed() };
	struct draft d, more;
	draft_begin(&d, NULL);
	put_vault(&d);
	ok(records_add_all(&a->vault, draft_records(&d)));
	draft_begin(&more, draft_view(&d));
	cleanup(version_rec_free) struct version_rec v = version_of(VICTIM, vid(60, 1, 60), "edited");
	ok(draft_put_version(&more, &v));
	ok(draft_put_attr(&more, VICTIM, ATTR_UID, at(60, 1), SPAN("\0\0\0\0", 4)));
	ok(records_add_all(&a->edit, draft_records(&more)));
	draft_end(&more);
	draft_end(&d);
}

static void end_attack(struct attack *a)
{
	print_message("%u refused, %u joined\n", a->refused, a->joined);
	assert_true(a->refused && a->joined);
	records_free(&a->vault);
	records_free(&a->edit);
}

/* in_state: however it came in, and what an honest commit makes of it. */
static void in_state(struct attack *a, struct span key, struct span value, uint64_t victim)
{
	cleanup(records_free) struct records state = RECORDS_INIT;
	struct view v = records_view(&state);
	ok(records_add_all(&state, &a->vault));
	ok(records_put(&state, key, value));
	look(&v, victim);
	ok(join_into(&state, &a->edit));
	look(&v, victim);
}

static void by_commit(struct attack *a, struct span key, struct span value, uint64_t victim)
{
	cleanup(records_free) struct records state = RECORDS_INIT, commit = RECORDS_INIT;
	struct view v = records_view(&state);
	ok(records_add_all(&state, &a->vault));
	ok(records_put(&commit, key, value));
	err_t refused = known_check(key, value);
	assert_int_equal(join_into(&state, &commit), refused);
	assert_true(refused == ERR_OK || refused == ERR_DAMAGED);
	a->refused += refused != ERR_OK;
	a->joined += refused == ERR_OK;
	look(&v, victim);
}

static void attack_one(struct attack *a, struct forged *f, uint64_t victim)
{
	cleanup(buf_free) struct buf forged = BUF_INIT, sum = BUF_INIT;
	struct shared_key k = key_of(f->kind, victim);
	struct span key = shared_key_span(&k);
	const struct records_entry *x = records_find(&a->vault, key);
	if (!forge(f, &forged))
		return;
	by_commit(a, key, buf_span(&forged), victim);
	in_state(a, key, buf_span(&forged), victim);
	ok(record_join(x ? buf_span(&x->value) : SPAN(NULL, 0), buf_span(&forged), &sum));
	in_state(a, key, buf_span(&sum), victim);
}

/* begin_with: all slots as `rest`; GOOD: what may stand beside each other. */
static void begin_with(struct forged *f, enum how rest)
{
	for (unsigned s = 0; s < SLOTS; s++)
		f->how[s] = rest;
	f->how[NOBODYS] = ABSENT;
	if (f->kind != SHARED_VERSION)
		f->how[GONE] = ABSENT;
	if (f->kind == SHARED_SIBLING || f->kind == SHARED_VERSION)
		f->how[LATER] = ABSENT;
	if (f->type != 2)
		f->how[RDEV] = ABSENT;
	if (f->type == 4)
		f->how[VERSIONS] = ABSENT;
}

/* attack_pairs: each two slots, each way, the others as `rest`. */
static void attack_pairs(struct attack *a, struct forged *f, uint64_t victim, enum how rest)
{
	unsigned some = random_rounds(97, 1);
	for (unsigned i = 0; i < SLOTS; i++)
		for (unsigned j = i; j < SLOTS; j++)
			for (unsigned ways = 0; ways < HOWS * HOWS; ways++) {
				if (i == j ? ways % HOWS : !one_in(&a->seed, some))
					continue;
				begin_with(f, rest);
				f->how[j] = (enum how)(ways % HOWS);
				f->how[i] = (enum how)(ways / HOWS);
				attack_one(a, f, victim);
			}
}

static void attack_all(enum shared_kind kind, uint64_t victim)
{
	struct attack a;
	begin_attack(&a);
	static const uint8_t types[] = { 8, 4, 2 };
	for (unsigned i = 0; i < (kind == SHARED_INODE ? ARRAY_LEN(types) : 1); i++) {
		struct forged f = { .kind = kind, .type = types[i] };
		attack_pairs(&a, &f, victim, GOOD);
		attack_pairs(&a, &f, victim, ABSENT);
	}
	end_attack(&a);
}

static void test_inode(void **state)
{
	(void)state;
	attack_all(SHARED_INODE, VICTIM);
	attack_all(SHARED_INODE, NEW);
}

static void test_inode_of_dir(void **state)
{
	(void)state;
	attack_all(SHARED_INODE, DIR);
}

static void test_others(void **state)
{
	(void)state;
	for (enum shared_kind kind = SHARED_LINK; kind <= SHARED_XATTR; kind++) {
		attack_all(kind, VICTIM);
		attack_all(kind, NEW);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_inode),
		cmocka_unit_test(test_inode_of_dir),
		cmocka_unit_test(test_others),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT
 * Shared records against tests/vectors/shared_records.py, which knows nothing of this code: the vectors that it made,
 * random cases that it makes, and random cases that it checks; states against the model.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "tests/unit/join_random.h"
#include "tests/unit/join_util.h"
#include "tests/vectors.h"
#include "vault/join/group_decode.h"
#include "vault/join/group_encode.h"
#include "vault/join/group_join.h"
#include "vault/join/inode_head.h"

#define PYTHON "python3 " TEST_VECTORS "/shared_records.py "

static const struct stamp A = { 5, 10, 1 }, B = { 6, 10, 1 }, C = { 7, 11, 2 }, D = { UINT64_C(1) << 40, 12, 300 };

static struct id tag(uint8_t n)
{
	struct id t;
	memset(t.b, n, ID_LEN);
	return t;
}

/* -- one of each kind -------------------------------------------------------------------------------------------- */

static void give(struct attr *a, struct stamp s, const char *bytes, size_t n)
{
	a->there = true;
	a->stamp = s;
	buf_put(&a->value, bytes, n);
}

/* put_inode: head, place, and the version if there is one. */
static void put_inode(struct draft *d, struct inode_head *h, const struct link_rec *l)
{
	h->birth = tag(1);
	ok(draft_put_head(d, h));
	ok(draft_put_link(d, l));
	inode_head_free(h);
}

static void make_file(struct draft *d)
{
	struct inode_head h = { .ino = 42, .type = 8 };
	struct link_rec l = link_of(42, LID_FIRST, A, "notes.txt");
	struct version_rec v = version_of(42, (struct version_id){ B, tag(2) }, "hello");
	struct attr_times times = { { 1, 0 }, { 2, 0 }, { 3, 0 } };
	cleanup(buf_free) struct buf mode = BUF_INIT;
	attr_put_mode(&mode, &(struct attr_mode){ .permissions = 0644 });
	give(&h.attr[ATTR_MODE], A, (const char *)mode.p, mode.len);
	give(&h.attr[ATTR_UID], A, "\xff\xff\xff\xff", 4);
	h.attr[ATTR_GID] = (struct attr){ .there = true, .stamp = C };
	attr_put_u32(&h.attr[ATTR_GID].value, 100);
	h.attr[ATTR_MTIME] = (struct attr){ .there = true, .stamp = B };
	attr_put_time(&h.attr[ATTR_MTIME].value, (struct attr_time){ 1700000000, 999999999 });
	h.attr[ATTR_TIMES] = (struct attr){ .there = true, .stamp = B };
	attr_put_times(&h.attr[ATTR_TIMES].value, &times);
	put_inode(d, &h, &l);
	v.root = (struct version_id){ A, tag(3) };
	v.root_time = 1600000000;
	ok(draft_put_version(d, &v));
	version_rec_free(&v);
}

static void make_directory(struct draft *d)
{
	struct inode_head h = { .ino = 43, .type = 4 };
	struct link_rec l = link_of(43, LID_FIRST, B, "new");
	l.where.stamp = l.where.seat.stamp = C;
	l.where.has_back = true;
	l.where.back = (struct spot){ 44, name_of("old") };
	give(&h.attr[ATTR_MODE], A, "\xed\1acl", 5);
	put_inode(d, &h, &l);
}

static void make_device(struct draft *d)
{
	struct inode_head h = { .ino = 45, .type = 2 };
	struct link_rec l = link_of(45, LID_FIRST, A, "null");
	h.attr[ATTR_RDEV] = (struct attr){ .there = true, .stamp = A };
	attr_put_rdev(&h.attr[ATTR_RDEV].value, 0x103);
	put_inode(d, &h, &l);
}

static void make_exchanged(struct draft *d)
{
	struct link_rec l = link_of(42, 9, B, "x");
	l.where.at.dir = 43;
	l.where.seat = (struct seat){ D, 400 };
	l.where.has_half = true;
	l.where.half = (struct half){ { 45, 0, B }, { 1, name_of("y") }, { A, 0 } };
	ok(draft_put_link(d, &l));
}

static void make_removed(struct draft *d)
{
	cleanup(link_rec_free) struct link_rec l = link_of(42, 10, A, "z");
	l.is_removed = true;
	l.removed.stamp = B;
	l.removed.written = C;
	l.replaced = calloc(2, sizeof(*l.replaced));
	assert_non_null(l.replaced);
	l.replaced_n = l.replaced_cap = 2;
	l.replaced[0].by = (struct partner){ 45, 0, C };
	l.replaced[1].by = (struct partner){ 45, 1, C };
	assert_true(version_set_add(&l.removed.seen, (struct version_id){ B, tag(1) }) &&
	            version_set_add(&l.removed.seen, (struct version_id){ A, tag(2) }) &&
	            version_set_add(&l.replaced[1].seen, (struct version_id){ A, tag(2) }));
	ok(draft_put_link(d, &l));
}

static void make_version(struct draft *d, struct stamp s, uint8_t t, bool gone)
{
	cleanup(version_rec_free) struct version_rec v = { .ino = 42, .id = { s, tag(t) }, .gone = gone };
	v.root = v.id;
	v.via = gone ? LID_FIRST : 9;
	v.time = v.root_time = gone ? 1600000000 : 1700000001;
	v.contents = gone ? CONTENTS_ID : CONTENTS_BLOCK;
	v.size = gone ? UINT64_C(1) << 53 : 1000;
	memset(buf_extend(&v.payload, 16), gone ? 7 : 5, 16);
	memset(buf_extend(&v.payload, 32), gone ? 8 : 6, 32);
	ok(draft_put_version(d, &v));
}

static void make_sibling(struct draft *d)
{
	struct version_rec greater = version_of(42, (struct version_id){ D, tag(1) }, "has the name");
	make_version(d, C, 4, false);
	ok(draft_put_version(d, &greater));
	version_rec_free(&greater);
}

static void make_gone(struct draft *d)
{
	make_version(d, A, 3, true);
}

static void make_mark(struct draft *d)
{
	ok(draft_put_version(d, &(struct version_rec){ .ino = 42, .id = { D, tag(9) }, .gone = true, .mark = true }));
}

static void make_xattr(struct draft *d)
{
	struct xattr_value a = { .ino = 42, .hash = 77, .name = name_of("user.a"), .stamp = A };
	struct xattr_value b = { .ino = 42, .hash = 77, .name = name_of("user.b"), .stamp = B, .removed = true };
	buf_put(&a.value, "value", 5);
	ok(draft_put_xattr(d, &a));
	ok(draft_put_xattr(d, &b));
	xattr_value_free(&a);
}

static void check_named(const struct vector *v, void (*make)(struct draft *))
{
	struct draft d;
	draft_begin(&d, NULL);
	make(&d);
	const struct records_entry *x = records_find(draft_records(&d), vector_get(v, "key"));
	if (!x || span_cmp(buf_span(&x->value), vector_get(v, "value")))
		fail_msg("%s is not what its vector is", v->name[0]);
	draft_end(&d);
}

static void test_named(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		void (*make)(struct draft *);
	} kinds[] = {
		{ "file", make_file },           { "directory", make_directory }, { "device", make_device },
		{ "exchanged", make_exchanged }, { "removed", make_removed },     { "sibling", make_sibling },
		{ "gone", make_gone },           { "mark", make_mark },           { "xattr", make_xattr },
	};
	struct vector v;
	size_t i = 0;
	for (FILE *f = vectors_open("shared_records.txt"); vectors_next(f, &v);) {
		if (strcmp(v.name[1], "key"))
			continue;
		assert_true(i < ARRAY_LEN(kinds));
		assert_string_equal(v.name[0], kinds[i].name);
		check_named(&v, kinds[i++].make);
	}
	assert_int_equal(i, ARRAY_LEN(kinds));
}

static void check_join(struct span a, struct span b, struct span sum)
{
	cleanup(buf_free) struct buf out = BUF_INIT;
	ok(record_join(a, b, &out));
	assert_int_equal(span_cmp(buf_span(&out), sum), 0);
	ok(record_join(b, a, &out));
	assert_int_equal(span_cmp(buf_span(&out), sum), 0);
}

static void check_delta(struct span a, struct span sum, struct span d)
{
	cleanup(buf_free) struct buf out = BUF_INIT;
	ok(record_delta(a, sum, &out));
	assert_int_equal(span_cmp(buf_span(&out), d), 0);
}

static void test_joins(void **state)
{
	(void)state;
	struct vector v;
	unsigned n = 0;
	for (FILE *f = vectors_open("shared_records.txt"); vectors_next(f, &v);) {
		if (strcmp(v.name[0], "a"))
			continue;
		check_join(vector_get(&v, "a"), vector_get(&v, "b"), vector_get(&v, "join"));
		check_delta(vector_get(&v, "a"), vector_get(&v, "join"), vector_get(&v, "delta"));
		n++;
	}
	assert_int_equal(n, 40);
}

/* -- cases of the other program ------------------------------------------------------------------------------------ */

/* word: the next of a line, from hexadecimal; "-" is nothing. The caller frees. */
static struct buf word(char **line)
{
	struct buf out = BUF_INIT;
	char *hex = strsep(line, " \n");
	assert_non_null(hex);
	if (strcmp(hex, "-"))
		assert_true(hex_decode(hex, buf_extend(&out, strlen(hex) / 2), strlen(hex) / 2));
	return out;
}

static void check_decode(struct span in, bool good)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	err_t e = record_decode(in, &r);
	if (e != ERR_VERSION) /* which the other program does not tell apart */
		assert_int_equal(e, good ? ERR_OK : ERR_DAMAGED);
	else
		assert_false(good);
}

static void check_line(char *line)
{
	const char *what = strsep(&line, " ");
	cleanup(buf_free) struct buf a = word(&line);
	if (!strcmp(what, "decode")) {
		check_decode(buf_span(&a), *line == '1');
		return;
	}
	cleanup(buf_free) struct buf b = word(&line), c = word(&line);
	if (!strcmp(what, "join"))
		check_join(buf_span(&a), buf_span(&b), buf_span(&c));
	else if (!strcmp(what, "delta"))
		check_delta(buf_span(&a), buf_span(&b), buf_span(&c));
	else
		fail_msg("unknown case %s", what);
}

static void test_made_there(void **state)
{
	(void)state;
	char command[1024], *line = NULL;
	size_t room = 0;
	unsigned n = 0;
	snprintf(command, sizeof(command), PYTHON "--make %u", (unsigned)(random_seed() % 1000000));
	FILE *f = popen(command, "r");
	assert_non_null(f);
	for (; getline(&line, &room, f) > 0; n++)
		check_line(line);
	free(line);
	assert_int_equal(pclose(f), 0);
	assert_int_equal(n, 900);
}

static void say_hex(FILE *f, struct span s, char end)
{
	for (size_t i = 0; i < s.len; i++)
		fprintf(f, "%02x", ((const uint8_t *)s.p)[i]);
	fprintf(f, "%s%c", s.len ? "" : "-", end);
}

static void random_value(uint64_t *s, struct buf *out)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	random_record(s, &r);
	ok(record_encode(&r, out));
}

/* random_any: at times of a later version, which is carried whole. */
static void random_any(uint64_t *s, struct buf *out)
{
	if (!one_in(s, 10)) {
		random_value(s, out);
		return;
	}
	struct span bytes = random_span(s);
	buf_u8(out, one_in(s, 2) ? 3 : 255);
	buf_put(out, bytes.p, bytes.len);
}

static void say_join(FILE *f, uint64_t *s)
{
	cleanup(buf_free) struct buf a = BUF_INIT, b = BUF_INIT, sum = BUF_INIT, d = BUF_INIT;
	random_any(s, &a);
	random_any(s, &b);
	ok(record_join(buf_span(&a), buf_span(&b), &sum));
	ok(record_delta(buf_span(&a), buf_span(&sum), &d));
	fprintf(f, "join ");
	say_hex(f, buf_span(&a), ' ');
	say_hex(f, buf_span(&b), ' ');
	say_hex(f, buf_span(&sum), '\n');
	fprintf(f, "delta ");
	say_hex(f, buf_span(&a), ' ');
	say_hex(f, buf_span(&sum), ' ');
	say_hex(f, buf_span(&d), '\n');
}

static void say_decode(FILE *f, uint64_t *s)
{
	cleanup(buf_free) struct buf v = BUF_INIT;
	cleanup(record_free) struct record r = RECORD_INIT;
	random_value(s, &v);
	for (unsigned n = random_u64(s) % 3; n; n--)
		v.p[random_u64(s) % v.len] = (uint8_t)(random_u64(s) >> 32) & 0x83;
	fprintf(f, "decode ");
	say_hex(f, buf_span(&v), ' ');
	fprintf(f, "%d\n", record_decode(buf_span(&v), &r) == ERR_OK);
}

/* -- states ------------------------------------------------------------------------------------------------------ */

/* What stands under one stamp is always the same, as long as nobody equivocates. */
static uint64_t seed_of(struct stamp s, uint64_t ino, uint64_t lid)
{
	return 1 + s.lamport * 31 + s.stream * 17 + ino * 7 + lid * 1009;
}

static struct stamp any_stamp(uint64_t *s)
{
	return (struct stamp){ 1 + (random_u64(s) >> 32) % 6, 1 + (random_u64(s) >> 40) % 2, 1 };
}

static struct version_id any_version(uint64_t *s)
{
	struct stamp at = any_stamp(s);
	return (struct version_id){ at, tag((uint8_t)(at.lamport + one_in(s, 5))) };
}

static void any_seen(uint64_t *s, struct version_set *set)
{
	for (unsigned n = (random_u64(s) >> 32) % 3; n; n--)
		assert_true(version_set_add(set, any_version(s)));
}

static struct spot any_spot(uint64_t *s)
{
	static const char *const names[] = { "a", "b", "c.txt" };
	return (struct spot){ 1 + (random_u64(s) >> 32) % 5, name_of(names[(random_u64(s) >> 32) % 3]) };
}

static struct where where_under(struct stamp at, uint64_t ino, uint64_t lid)
{
	uint64_t s = seed_of(at, ino, lid);
	struct where w = { .stamp = at, .at = any_spot(&s), .seat = { at, 0 } };
	if (one_in(&s, 3))
		w.seat = (struct seat){ any_stamp(&s), 1 };
	w.has_back = one_in(&s, 3);
	if (w.has_back)
		w.back = any_spot(&s);
	w.has_half = one_in(&s, 3);
	if (w.has_half)
		w.half = (struct half){ { 1 + (random_u64(&s) >> 60), 0, at }, any_spot(&s), { any_stamp(&s), 2 } };
	return w;
}

static void any_removals(uint64_t *s, struct link_rec *l)
{
	l->is_removed = one_in(s, 2);
	if (l->is_removed) {
		l->removed.stamp = any_stamp(s);
		l->removed.written = any_stamp(s);
		any_seen(s, &l->removed.seen);
	}
	if (!one_in(s, 3))
		return;
	l->replaced = calloc(1, sizeof(*l->replaced));
	assert_non_null(l->replaced);
	l->replaced_n = l->replaced_cap = 1;
	l->replaced->by = (struct partner){ 1 + (random_u64(s) >> 62), random_u64(s) >> 63, any_stamp(s) };
	any_seen(s, &l->replaced->seen);
	/* the model has one set under one partner: two would join here and stand beside each other there */
	version_set_free(&l->replaced->seen);
	uint64_t same = seed_of(l->replaced->by.life, l->replaced->by.ino, l->replaced->by.lid);
	any_seen(&same, &l->replaced->seen);
}

static void say_link(struct draft *d, uint64_t *s, uint64_t ino)
{
	cleanup(link_rec_free) struct link_rec l = { .ino = ino,
		                                     .lid = (random_u64(s) >> 32) % 3,
		                                     .life = any_stamp(s) };
	l.where = where_under(any_stamp(s), ino, l.lid);
	any_removals(s, &l);
	ok(draft_put_link(d, &l));
}

static void say_version(struct draft *d, uint64_t *s, uint64_t ino)
{
	static const char *const texts[] = { "x", "yy", "z" };
	cleanup(version_rec_free) struct version_rec v =
	        version_of(ino, any_version(s), texts[(random_u64(s) >> 32) % 3]);
	v.gone = one_in(s, 2);
	v.mark = v.gone && one_in(s, 2);
	v.via = (random_u64(s) >> 32) % 3;
	if (one_in(s, 2) && v.id.stamp.lamport > 1) {
		v.root = (struct version_id){ { v.id.stamp.lamport - 1, 1 + (random_u64(s) >> 63), 1 }, tag(1) };
		v.root_time = 5;
	}
	ok(draft_put_version(d, &v));
}

static void say_attr(struct draft *d, uint64_t *s, uint64_t ino)
{
	uint8_t b[8];
	for (size_t i = 0; i < sizeof(b); i++)
		b[i] = (uint8_t)(random_u64(s) >> 62);
	ok(draft_put_attr(d, ino, one_in(s, 2) ? ATTR_UID : ATTR_GID, any_stamp(s), SPAN(b, 4)));
	static const char *const names[] = { "user.a", "user.b", "user.c", "user.d" };
	struct xattr_value x = { .ino = ino, .hash = b[0] / 2, .name = name_of(names[b[0]]) };
	x.stamp = any_stamp(s);
	x.removed = b[2] % 2;
	if (!x.removed)
		buf_put(&x.value, b, b[3]);
	ok(draft_put_xattr(d, &x));
	xattr_value_free(&x);
}

static void random_commit(uint64_t *s, struct records *out)
{
	struct draft d;
	draft_begin(&d, NULL);
	for (unsigned n = 1 + (random_u64(s) >> 32) % 6; n; n--) {
		uint64_t ino = 7 + one_in(s, 3);
		ok(draft_put_head(&d,
		                  &(struct inode_head){ .ino = ino, .type = 8, .birth = tag((uint8_t)one_in(s, 9)) }));
		say_link(&d, s, ino);
		if (one_in(s, 2))
			say_version(&d, s, ino);
		if (one_in(s, 2))
			say_attr(&d, s, ino);
	}
	ok(records_add_all(out, draft_records(&d)));
	draft_end(&d);
}

static void say_records(FILE *f, const struct records *t)
{
	for (size_t i = 0; i < t->n; i++) {
		fprintf(f, "put ");
		say_hex(f, records_key(t->v[i]), ' ');
		say_hex(f, buf_span(&t->v[i]->value), '\n');
	}
}

static void say_state(FILE *f, uint64_t *s)
{
	cleanup(records_free) struct records sum = RECORDS_INIT;
	fprintf(f, "state\n");
	for (unsigned i = 0; i < 4; i++) {
		cleanup(records_free) struct records commit = RECORDS_INIT;
		random_commit(s, &commit);
		say_records(f, &commit);
		fprintf(f, "next\n");
		ok(join_into(&sum, &commit));
	}
	say_records(f, &sum);
	fprintf(f, "result\n");
}

static void test_checked_there(void **state)
{
	(void)state;
	uint64_t s = random_seed();
	FILE *f = popen(PYTHON "--check", "w");
	assert_non_null(f);
	for (unsigned i = random_rounds(400, 10000); i; i--) {
		say_join(f, &s);
		say_decode(f, &s);
		say_state(f, &s);
	}
	assert_int_equal(pclose(f), 0);
}

int main(void)
{
	const struct CMUnitTest own[] = { cmocka_unit_test(test_named), cmocka_unit_test(test_joins) };
	const struct CMUnitTest both[] = { cmocka_unit_test(test_made_there), cmocka_unit_test(test_checked_there) };
	int wrong = cmocka_run_group_tests(own, NULL, NULL);
	if (system("python3 -c ''")) {
		printf("no python3: records were checked against the kept vectors only\n");
		return wrong ? wrong : 77;
	}
	return wrong + cmocka_run_group_tests(both, NULL, NULL);
}

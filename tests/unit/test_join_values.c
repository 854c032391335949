/* SPDX-License-Identifier: MIT
 * Between groups and values: what is written is read, and what no writer writes is refused, rule by rule.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "tests/unit/join_util.h"
#include "vault/join/group_decode.h"
#include "vault/join/group_encode.h"
#include "vault/join/inode_head.h"

#define DIR "0700000000000000"
#define LIFE at(5, 10)
#define STAMP_HEX "050a0000000000000001" /* of LIFE */
#define OTHER_HEX "060a0000000000000001"

/* refused: what a commit that says this is answered; odd: a rule is broken. */
static err_t refused(err_t e, bool odd)
{
	return odd ? ERR_DAMAGED : e;
}

/* -- places ------------------------------------------------------------------------------------------------------ */

static struct link_rec full_link(void)
{
	struct link_rec l = link_of(7, 3, LIFE, "name");
	l.where.stamp = at(6, 10);
	l.where.seat = (struct seat){ at(2, 11), 4 };
	l.where.has_back = l.where.has_half = true;
	l.where.back = (struct spot){ 9, name_of("before") };
	l.where.half = (struct half){ { 12, 13, at(3, 3) }, { 14, name_of("other") }, { at(1, 1), 1 } };
	l.is_removed = true;
	l.removed.stamp = at(7, 1);
	l.removed.written = at(8, 1);
	assert_true(version_set_add(&l.removed.seen, vid(4, 4, 4)) && version_set_add(&l.removed.seen, vid(2, 2, 2)));
	l.replaced = calloc(2, sizeof(*l.replaced));
	assert_non_null(l.replaced);
	l.replaced_n = l.replaced_cap = 2;
	l.replaced[0].by = (struct partner){ 21, 0, at(9, 1) };
	l.replaced[1].by = (struct partner){ 20, 1, at(9, 2) };
	assert_true(version_set_add(&l.replaced[1].seen, vid(5, 5, 5)));
	return l;
}

static void same_link(const struct link_rec *a, const struct link_rec *b)
{
	cleanup(record_free) struct record ra = RECORD_INIT, rb = RECORD_INIT;
	cleanup(buf_free) struct buf x = BUF_INIT, y = BUF_INIT;
	place_write(&ra, a);
	place_write(&rb, b);
	ok(record_encode(&ra, &x));
	ok(record_encode(&rb, &y));
	assert_int_equal(span_cmp(buf_span(&x), buf_span(&y)), 0);
}

static void test_place(void **state)
{
	(void)state;
	cleanup(link_rec_free) struct link_rec l = full_link(), got = { .ino = 7, .lid = 3 }, copy = { 0 };
	cleanup(record_free) struct record r = RECORD_INIT;
	place_write(&r, &l);
	bool odd = false;
	ok(place_read(group_all(&r), &got, &odd));
	assert_false(odd);
	same_link(&l, &got);
	assert_true(got.ino == 7 && got.lid == 3 && stamp_cmp(got.life, LIFE) == 0);
	assert_true(got.where.has_back && got.where.has_half && got.is_removed);
	assert_int_equal(got.where.seat.handed_on, 4);
	assert_int_equal(name_cmp(&got.where.back.name, &l.where.back.name), 0);
	assert_int_equal(got.where.half.with.lid, 13);
	assert_int_equal(got.where.half.before.dir, 14);
	assert_int_equal(stamp_cmp(got.where.half.seat.stamp, at(1, 1)), 0);
	assert_int_equal(got.removed.seen.n, 2);
	assert_int_equal(version_id_cmp(got.removed.seen.v[0], vid(2, 2, 2)), 0);
	assert_int_equal(stamp_cmp(got.removed.written, at(8, 1)), 0);
	assert_int_equal(got.replaced_n, 2);
	assert_true(got.replaced[1].by.ino == 20 && version_set_has(&got.replaced[1].seen, vid(5, 5, 5)));
	ok(link_rec_copy(&l, &copy));
	same_link(&l, &copy);
}

/* where_is: the answer of place_read for these bytes of `where`. */
static err_t where_is(const char *hex)
{
	cleanup(buf_free) struct buf bytes = from_hex(hex);
	cleanup(record_free) struct record r = RECORD_INIT;
	cleanup(link_rec_free) struct link_rec l = { 0 };
	size_t place = group_open(&r, GROUP_PLACE, GROUP_SCOPED, LIFE);
	group_value(&r, 1, LIFE, buf_span(&bytes));
	group_close(&r, place);
	bool odd = false;
	err_t e = place_read(group_all(&r), &l, &odd);
	assert_true(!odd == !!l.where.at.dir); /* what is odd is not there */
	return refused(e, odd);
}

static const char *const good_where[] = {
	"00" DIR "0161",                                                            /* plain */
	"01" DIR "0161" OTHER_HEX "00",                                             /* seat */
	"01" DIR "0161" STAMP_HEX "01",                                             /* seat handed on */
	"01" DIR "0161" OTHER_HEX "ffffffff0f",                                     /* as often as can be */
	"02" DIR "0161" DIR "0162",                                                 /* back */
	"04" DIR "0161" DIR "0000000000000000" OTHER_HEX DIR "0162" OTHER_HEX "00", /* half */
	"00" DIR "03612e2e",                                                        /* dots */
};
static const char *const bad_where[] = {
	"",
	"00" DIR "0161 00",                     /* a byte more */
	"08" DIR "0161",                        /* unknown flag */
	"00 0000000000000000 0161",             /* directory 0 */
	"00" DIR "00",                          /* no name */
	"00" DIR "0261",                        /* half a name */
	"00" DIR "03612f62",                    /* slash */
	"00" DIR "03610062",                    /* NUL */
	"00" DIR "012e",                        /* . */
	"00" DIR "022e2e",                      /* .. */
	"01" DIR "0161" STAMP_HEX "00",         /* a seat that goes without saying */
	"01" DIR "0161" OTHER_HEX "8080808010", /* handed on over 32 bits */
	"02" DIR "0161 0000000000000000 0162",  /* back to directory 0 */
	"04" DIR "0161 0000000000000000 0000000000000000" OTHER_HEX DIR "0162" OTHER_HEX "00", /* partner 0 */
	"04" DIR "0161" DIR "0000000000000000" OTHER_HEX DIR "00" OTHER_HEX "00", /* before without a name */
};

static void test_where(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good_where); i++)
		if (where_is(good_where[i]))
			fail_msg("refused: %s", good_where[i]);
	for (size_t i = 0; i < ARRAY_LEN(bad_where); i++)
		if (where_is(bad_where[i]) != ERR_DAMAGED)
			fail_msg("accepted: %s", bad_where[i]);
}

/* place_is: the answer of place_read for a record in hexadecimal; removed: whether the link is. */
static err_t place_is(const char *hex, bool *removed)
{
	cleanup(buf_free) struct buf bytes = from_hex(hex);
	cleanup(record_free) struct record r = RECORD_INIT;
	cleanup(link_rec_free) struct link_rec l = { 0 };
	bool odd = false;
	ok(record_decode(buf_span(&bytes), &r));
	err_t e = place_read(group_all(&r), &l, &odd);
	*removed = l.is_removed;
	assert_true(l.is_removed || l.removed.seen.n == 0);
	return refused(e, odd);
}

#define HEAD "02 01" STAMP_HEX "01 0203 01" /* one stamp; the groups of a place come next */
#define TAG "000102030405060708090a0b0c0d0e0f"
static const char *const good_places[] = {
	HEAD "00",                                         /* a life */
	HEAD "02 02010100 04010100",                       /* removed */
	HEAD "03 02010100 0302 01 0010" TAG "00 04010100", /* with versions seen */
	HEAD "01 0502 01 0110"
	     "0000000000000007 0000000000000000 00", /* replaced */
	HEAD "01 63010100",                          /* an unknown group */
};
static const char *const bad_places[] = {
	"02 01" STAMP_HEX "01 02010100",                                            /* of another class */
	HEAD "01 0103 00 00",                                                       /* where of another class */
	HEAD "02 020101 01ff 04010100",                                             /* removed with bytes */
	HEAD "02 02010100 040101 01ff",                                             /* written with bytes */
	HEAD "02 020300 00 04010100",                                               /* removed of another class */
	HEAD "03 02010100 03010000 04010100",                                       /* seen of another class */
	HEAD "03 02010100 0302 01 000f 0102030405060708090a0b0c0d0e0f 00 04010100", /* a short tag */
	HEAD "01 05010000",                                                         /* replaced of another class */
	HEAD "01 0502 01 010f"
	     "0000000000000007 00000000000000 00", /* half a partner */
	HEAD "01 0502 01 0110"
	     "0000000000000000 0000000000000000 00", /* partner 0 */
	HEAD "01 0502 01 0110"
	     "0000000000000007 0000000000000000 01 01010000", /* seen of another class */
	HEAD "01 06010100",                                   /* a group that nobody may have */
	HEAD "01 0502 01 0110"
	     "0000000000000007 0000000000000000 01 02010000", /* the same within */
	HEAD "03 02010100 0302 01 0010" TAG "01 01010000 04010100",
};

/* What a commit may say, and counts for nothing alone: removed, written, seen, each without the others. */
static const char *const partial_places[] = {
	HEAD "02 0101010b 00" DIR "0161 02010100",
	HEAD "02 0101010b 00" DIR "0161 04010100",
	HEAD "02 0101010b 00" DIR "0161 0302 01 0010" TAG "00",
};

static void test_places(void **state)
{
	(void)state;
	bool removed;
	for (size_t i = 0; i < ARRAY_LEN(good_places); i++) {
		if (place_is(good_places[i], &removed))
			fail_msg("refused: %s", good_places[i]);
		assert_int_equal(removed, i == 1 || i == 2);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad_places); i++)
		if (place_is(bad_places[i], &removed) != ERR_DAMAGED)
			fail_msg("accepted: %s", bad_places[i]);
	for (size_t i = 0; i < ARRAY_LEN(partial_places); i++) {
		ok(place_is(partial_places[i], &removed));
		assert_false(removed);
	}
	assert_int_equal(place_is("02 00 01 01010000", &removed), ERR_NOTFOUND);
}

/* -- versions ---------------------------------------------------------------------------------------------------- */

static err_t read_back(const struct version_rec *v, struct version_rec *ret)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	bool odd = false;
	version_write(&r, v);
	err_t e = version_read(version_list(group_all(&r)).v, v->ino, ret, &odd);
	return refused(e, odd);
}

static void test_version(void **state)
{
	(void)state;
	cleanup(version_rec_free) struct version_rec v = version_of(7, vid(3, 3, 3), "text"), got = { 0 }, copy = { 0 };
	v.root = vid(1, 3, 1);
	v.root_time = -1;
	v.via = 258;
	v.gone = true;
	ok(read_back(&v, &got));
	assert_int_equal(version_id_cmp(got.root, v.root), 0);
	assert_true(got.gone && !got.mark && got.via == 258 && got.root_time == -1 && got.time == v.time);
	assert_int_equal(got.payload.len, 4);
	ok(version_rec_copy(&got, &copy));
	assert_true(copy.payload.p != got.payload.p && copy.payload.len == 4);
}

static void test_mark(void **state)
{
	(void)state;
	cleanup(version_rec_free) struct version_rec got = { 0 };
	ok(read_back(&(struct version_rec){ .ino = 7, .id = vid(3, 3, 3), .gone = true, .mark = true }, &got));
	assert_true(got.gone && got.mark && version_id_cmp(got.root, got.id) == 0);
}

static err_t contents_is(enum contents c, uint64_t size, size_t payload)
{
	cleanup(version_rec_free) struct version_rec v = { .ino = 7, .id = vid(3, 3, 3), .root = vid(3, 3, 3) },
	                                             got = { 0 };
	v.contents = c;
	v.size = size;
	if (payload)
		memset(buf_extend(&v.payload, payload), 1, payload);
	return read_back(&v, &got);
}

static void test_contents(void **state)
{
	(void)state;
	ok(contents_is(CONTENTS_NONE, 0, 0));
	assert_int_equal(contents_is(CONTENTS_NONE, 1, 0), ERR_DAMAGED);
	assert_int_equal(contents_is(CONTENTS_NONE, 0, 1), ERR_DAMAGED);
	ok(contents_is(CONTENTS_INLINE, 4095, 4095));
	assert_int_equal(contents_is(CONTENTS_INLINE, 4096, 4096), ERR_DAMAGED);
	assert_int_equal(contents_is(CONTENTS_INLINE, 0, 0), ERR_DAMAGED);
	assert_int_equal(contents_is(CONTENTS_INLINE, 5, 4), ERR_DAMAGED);
	ok(contents_is(CONTENTS_BLOCK, 131072, 48));
	assert_int_equal(contents_is(CONTENTS_BLOCK, 131073, 48), ERR_DAMAGED);
	assert_int_equal(contents_is(CONTENTS_BLOCK, 0, 48), ERR_DAMAGED);
	assert_int_equal(contents_is(CONTENTS_BLOCK, 1, 47), ERR_DAMAGED);
	ok(contents_is(CONTENTS_ID, UINT64_C(1) << 53, 48));
	assert_int_equal(contents_is(CONTENTS_ID, (UINT64_C(1) << 53) + 1, 48), ERR_DAMAGED);
	assert_int_equal(contents_is(CONTENTS_ID, 0, 48), ERR_DAMAGED);
	assert_int_equal(contents_is(CONTENTS_ID, 1, 49), ERR_DAMAGED);
	assert_int_equal(contents_is((enum contents)4, 1, 48), ERR_DAMAGED);
}

#define VHEAD "02 01" STAMP_HEX "01 0a04 01 01" TAG /* a version of that stamp; its groups come next */
#define SELF "01010100"                             /* root: its own */
#define EMPTY "0401000a 0000 0000000000000000"      /* contents: none */
#define ROOTTIME "0000000000000000"

/* version_is: the answer of version_read for a record in hexadecimal. */
static err_t version_is(const char *hex)
{
	cleanup(buf_free) struct buf bytes = from_hex(hex);
	cleanup(record_free) struct record r = RECORD_INIT;
	cleanup(version_rec_free) struct version_rec v = { 0 };
	bool odd = false;
	ok(record_decode(buf_span(&bytes), &r));
	err_t e = version_read(version_list(group_all(&r)).v, 7, &v, &odd);
	return refused(e, odd);
}

static const char *const good_versions[] = {
	VHEAD "02" SELF EMPTY,
	VHEAD "02 01010018 ff0102030405060708090a0b0c0d0e0f" ROOTTIME EMPTY, /* another root */
	VHEAD "02 01010118 ff0102030405060708090a0b0c0d0e0f" ROOTTIME EMPTY, /* of the same stamp */
	VHEAD "03" SELF "020100 08 0000000000000001" EMPTY,                  /* via */
	VHEAD "03" SELF "03010000" EMPTY,                                    /* gone */
	VHEAD "01 03010000",                                                 /* a mark */
	VHEAD "03" SELF EMPTY "63010000",                                    /* an unknown group */
};
static const char *const bad_versions[] = {
	VHEAD "02 0103 0100" EMPTY,                                                /* root of another class */
	VHEAD "02 01010000" EMPTY,                                                 /* its own root has its own stamp */
	VHEAD "02 01010118" TAG ROOTTIME EMPTY,                                    /* and is not written */
	VHEAD "02 01010017 ff0102030405060708090a0b0c0d0e0f 00000000000000" EMPTY, /* no whole time */
	VHEAD "03" SELF "020100 08 0000000000000000" EMPTY, /* the first link goes without saying */
	VHEAD "03" SELF "020100 07 00000000000001" EMPTY,   /* no whole link id */
	VHEAD "03" SELF "020101 08 0000000000000001" EMPTY, /* via under a stamp */
	VHEAD "03" SELF "0301000100" EMPTY,                 /* gone with bytes */
	VHEAD "03" SELF "03010100" EMPTY,                   /* gone under a stamp */
	VHEAD "02" SELF "0401010a 0000 0000000000000000",   /* contents under a stamp */
	VHEAD "02" SELF "04010009 0000 00000000000000",     /* no whole time */
	VHEAD "02" SELF "0401000b 008000 0000000000000000", /* size as short as can be */
	VHEAD "03" SELF EMPTY "05010000",                   /* a group that nobody may have */
};
static const char *const partial_versions[] = { VHEAD "01" EMPTY, VHEAD "02" SELF "03010000" };
static const char *const no_versions[] = { VHEAD "01" SELF, VHEAD "00" };

static void test_versions(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good_versions); i++)
		if (version_is(good_versions[i]))
			fail_msg("refused: %s", good_versions[i]);
	for (size_t i = 0; i < ARRAY_LEN(bad_versions); i++)
		if (version_is(bad_versions[i]) != ERR_DAMAGED)
			fail_msg("accepted: %s", bad_versions[i]);
	for (size_t i = 0; i < ARRAY_LEN(partial_versions); i++)
		ok(version_is(partial_versions[i]));
	for (size_t i = 0; i < ARRAY_LEN(no_versions); i++)
		assert_int_equal(version_is(no_versions[i]), ERR_NOTFOUND);
}

/* -- attributes -------------------------------------------------------------------------------------------------- */

static void test_attrs(void **state)
{
	(void)state;
	static const uint8_t zero[65600];
	static const struct {
		enum attr_group group;
		size_t len[2]; /* shortest, longest */
	} lengths[] = { { ATTR_MODE, { 2, 2 + ATTR_ACL_MAX } },
		        { ATTR_UID, { 4, 4 } },
		        { ATTR_GID, { 4, 4 } },
		        { ATTR_RDEV, { 8, 8 } },
		        { ATTR_MTIME, { 12, 12 } },
		        { ATTR_TIMES, { 36, 36 } } };
	for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
		size_t low = lengths[i].len[0], high = lengths[i].len[1];
		assert_true(attr_ok(lengths[i].group, SPAN(zero, low)) && attr_ok(lengths[i].group, SPAN(zero, high)));
		assert_false(attr_ok(lengths[i].group, SPAN(zero, low - 1)));
		assert_false(attr_ok(lengths[i].group, SPAN(zero, high + 1)));
	}
	assert_true(attr_ok(ATTR_MODE, SPAN("\xff\x0f", 2)));
	assert_false(attr_ok(ATTR_MODE, SPAN("\0\x10", 2)));
	assert_true(attr_ok(ATTR_MTIME, SPAN("\0\0\0\0\0\0\0\0\xff\xc9\x9a\x3b", 12)));
	assert_false(attr_ok(ATTR_MTIME, SPAN("\0\0\0\0\0\0\0\0\0\xca\x9a\x3b", 12)));
}

static void test_attr_values(void **state)
{
	(void)state;
	cleanup(buf_free) struct buf mode = BUF_INIT, times = BUF_INIT;
	struct attr_times t = { { 1, 2 }, { -3, 4 }, { 5, 999999999 } }, got_times;
	struct attr_mode m = { 0755, SPAN("acl", 3) }, got_mode;
	attr_put_mode(&mode, &m);
	attr_put_times(&times, &t);
	assert_true(attr_get_mode(buf_span(&mode), &got_mode) && attr_get_times(buf_span(&times), &got_times));
	assert_true(got_mode.permissions == 0755 && span_cmp(got_mode.acl, m.acl) == 0);
	assert_true(got_times.change.sec == -3 && got_times.birth.nsec == 999999999 && got_times.access.nsec == 2);
}

static void test_head(void **state)
{
	(void)state;
	cleanup(record_free) struct record r = RECORD_INIT;
	cleanup(inode_head_free) struct inode_head h = { .ino = 7, .type = 4, .birth = { { 1, 2 } } }, got = { 0 };
	h.attr[ATTR_GID] = (struct attr){ .there = true, .stamp = LIFE };
	attr_put_u32(&h.attr[ATTR_GID].value, 9);
	inode_head_write(&r, &h);
	bool odd = false;
	ok(inode_head_read(group_all(&r), 7, &got, &odd));
	assert_false(odd);
	assert_true(got.type == 4 && id_eq(got.birth, h.birth) && got.attr[ATTR_GID].there &&
	            !got.attr[ATTR_UID].there);
	assert_int_equal(stamp_cmp(got.attr[ATTR_GID].stamp, LIFE), 0);
}

static err_t head_is(uint16_t number, enum group_class class, struct stamp s, struct span bytes)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	cleanup(inode_head_free) struct inode_head h = { 0 };
	group_close(&r, group_open(&r, number, class, s));
	r.v[0].bytes = bytes;
	bool odd = false;
	err_t e = inode_head_read(group_all(&r), 7, &h, &odd);
	assert_true(!odd == (h.type || h.attr[ATTR_UID].there)); /* what is odd is not there */
	return refused(e, odd);
}

static void test_heads(void **state)
{
	(void)state;
	static const char identity[] = "0123456789abcdef\010", odd[] = "0123456789abcdef\003";
	ok(head_is(1, GROUP_VALUE, STAMP_ZERO, SPAN(identity, 17)));
	assert_int_equal(head_is(1, GROUP_SCOPED, STAMP_ZERO, SPAN(identity, 17)), ERR_DAMAGED);
	assert_int_equal(head_is(1, GROUP_VALUE, LIFE, SPAN(identity, 17)), ERR_DAMAGED);
	assert_int_equal(head_is(1, GROUP_VALUE, STAMP_ZERO, SPAN(identity, 16)), ERR_DAMAGED);
	assert_int_equal(head_is(1, GROUP_VALUE, STAMP_ZERO, SPAN(identity, 18)), ERR_DAMAGED);
	assert_int_equal(head_is(1, GROUP_VALUE, STAMP_ZERO, SPAN(odd, 17)), ERR_DAMAGED);
	ok(head_is(4, GROUP_VALUE, LIFE, SPAN("\0\0\0\0", 4)));
	assert_int_equal(head_is(4, GROUP_SCOPED, LIFE, SPAN("\0\0\0\0", 4)), ERR_DAMAGED);
	assert_int_equal(head_is(4, GROUP_VALUE, LIFE, SPAN("\0\0\0", 3)), ERR_DAMAGED);
}

/* -- extended attributes ----------------------------------------------------------------------------------------- */

static err_t xattr_is(struct stamp key, struct span name, struct span value)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	cleanup(xattr_list_free) struct xattr_list l = { 0 };
	size_t map = group_open(&r, 1, GROUP_MAP, STAMP_ZERO), k = group_key(&r, key, name);
	if (value.p)
		group_value(&r, 1, LIFE, value);
	group_close(&r, k);
	group_close(&r, map);
	bool odd = false;
	err_t e = xattr_map_read(group_all(&r), 7, 8, &l, &odd);
	assert_int_equal(l.n, !odd && value.p); /* what is odd is not there */
	return refused(e, odd);
}

static void test_xattrs(void **state)
{
	(void)state;
	static uint8_t large[65538], name[256];
	large[0] = 1;
	memset(name, 'n', sizeof(name));
	ok(xattr_is(STAMP_ZERO, SPAN(name, 255), SPAN(large, 65537)));
	ok(xattr_is(STAMP_ZERO, SPAN(name, 1), SPAN("", 1)));
	assert_int_equal(xattr_is(LIFE, SPAN(name, 1), SPAN("", 1)), ERR_DAMAGED);
	assert_int_equal(xattr_is(STAMP_ZERO, SPAN(name, 0), SPAN("", 1)), ERR_DAMAGED);
	assert_int_equal(xattr_is(STAMP_ZERO, SPAN(name, 256), SPAN("", 1)), ERR_DAMAGED);
	assert_int_equal(xattr_is(STAMP_ZERO, SPAN("a\0b", 3), SPAN("", 1)), ERR_DAMAGED);
	ok(xattr_is(STAMP_ZERO, SPAN(name, 1), SPAN(NULL, 0))); /* nothing is said of its value */
	assert_int_equal(xattr_is(STAMP_ZERO, span_str("system.posix_acl_access"), SPAN("\1", 1)), ERR_DAMAGED);
	assert_int_equal(xattr_is(STAMP_ZERO, SPAN(name, 1), SPAN("", 0)), ERR_DAMAGED);
	assert_int_equal(xattr_is(STAMP_ZERO, SPAN(name, 1), SPAN("\2", 1)), ERR_DAMAGED);
	assert_int_equal(xattr_is(STAMP_ZERO, SPAN(name, 1), SPAN("\0a", 2)), ERR_DAMAGED);
	assert_int_equal(xattr_is(STAMP_ZERO, SPAN(name, 1), SPAN(large, 65538)), ERR_DAMAGED);
}

static void test_xattr(void **state)
{
	(void)state;
	struct draft d;
	cleanup(xattr_list_free) struct xattr_list l = { 0 };
	struct xattr_value a = { .ino = 7, .hash = 2, .name = name_of("user.a"), .stamp = at(1, 1) }, b = a, c = a;
	b.name = name_of("user.b"); /* of the same hash */
	c.hash = 1;
	c.removed = true;
	buf_put(&a.value, "value", 5);
	draft_begin(&d, NULL);
	ok(draft_put_xattr(&d, &a));
	ok(draft_put_xattr(&d, &b));
	ok(draft_put_xattr(&d, &c));
	assert_int_equal(draft_records(&d)->n, 2);
	ok(shared_xattrs(draft_view(&d), 7, &l));
	assert_int_equal(l.n, 3);
	assert_true(l.v[0].removed && l.v[0].hash == 1 && l.v[1].value.len == 5 && !l.v[2].removed);
	draft_end(&d);
	xattr_value_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_place),    cmocka_unit_test(test_where), cmocka_unit_test(test_places),
		cmocka_unit_test(test_version),  cmocka_unit_test(test_mark),  cmocka_unit_test(test_contents),
		cmocka_unit_test(test_versions), cmocka_unit_test(test_attrs), cmocka_unit_test(test_attr_values),
		cmocka_unit_test(test_head),     cmocka_unit_test(test_heads), cmocka_unit_test(test_xattrs),
		cmocka_unit_test(test_xattr),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

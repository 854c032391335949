/* SPDX-License-Identifier: MIT
 * What a later version ("2.1") adds goes through this one unharmed: kinds and groups of records that nobody here knows,
 * records of version 3 of such kinds, statements of unknown kinds, extensions of commits and manifests. Through a
 * sealed commit, its refusals, the join with what is in the map, a write of this program beside it, a commit of its
 * own, and a checkpoint that another device begins with. What it must not do: another version of a kind that is known
 * here.
 */
#include "tests/unit/changeset_util.h"
#include "tests/unit/vault_values.h"
#include "vault/changeset/close.h"
#include "vault/changeset/deliver.h"
#include "vault/changeset/publish.h"
#include "vault/join/digest.h"
#include "vault/join/group_decode.h"
#include "vault/join/inode_head.h"
#include "vault/join/signer.h"
#include "vault/join/vault_key.h"
#include "vault/objects/commit_check.h"

#define INO 42
#define LAMPORT 300
static const struct stamp said = { 200, THEM, 7 };
static const uint8_t new_kind[] = { 0x4a, 1, 2, 3 }, carried[] = { 0x7f, 9 };

/* -- a device ------------------------------------------------------------------------------------------------------ */

struct device {
	struct place place;
	struct map *map;
	struct changeset *c;
};

static void begin(struct device *d)
{
	place_make(&d->place, DISK);
	d->map = place_open(&d->place);
	ok(changeset_open(d->map, US, &d->c));
}

static void end(struct device *d)
{
	changeset_freep(&d->c);
	map_close(d->map);
	place_remove(&d->place);
}

/* reopen: as a mount after a stop. */
static void reopen(struct device *d)
{
	changeset_freep(&d->c);
	map_close(d->map);
	d->map = place_open(&d->place);
	ok(changeset_open(d->map, US, &d->c));
}

/* -- what 2.1 says ------------------------------------------------------------------------------------------------- */

static void put(struct records *t, struct span key, const struct record *r)
{
	cleanup(buf_free) struct buf value = BUF_INIT;
	ok(record_encode(r, &value));
	ok(records_put(t, key, buf_span(&value)));
}

/* unknown_groups: one of each class. */
static void unknown_groups(struct record *r)
{
	const struct id tag = { { 5 } };
	group_value(r, 12, said, span_str("twelve"));
	size_t map = group_open(r, 13, GROUP_MAP, STAMP_ZERO), key = group_key(r, said, span_str("key"));
	group_value(r, 1, said, span_str("inside"));
	group_close(r, key);
	group_close(r, map);
	size_t scoped = group_open(r, 14, GROUP_SCOPED, said);
	group_value(r, 2, said, span_str("scoped"));
	group_close(r, scoped);
	size_t versions = group_open(r, 300, GROUP_VERSION, STAMP_ZERO);
	group_close(r, group_key(r, said, id_span(&tag)));
	group_close(r, versions);
}

static void say_new_file(struct records *t)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	cleanup(version_rec_free) struct version_rec v = version_of(INO, (struct version_id){ said, { { 1 } } }, "x");
	struct link_rec l = link_of(INO, LID_FIRST, said, "made by 2.1");
	struct shared_key key = shared_key_ino(SHARED_INODE, INO);
	group_value(&r, 1, STAMP_ZERO, SPAN("0123456789abcdef\010", 17));
	place_write(&r, &l);
	version_write(&r, &v);
	unknown_groups(&r);
	put(t, shared_key_span(&key), &r);
}

/* say_xattr: with a group inside the name's key that a later version knows. */
static void say_xattr_more(struct records *t)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	struct shared_key key = shared_key_number(SHARED_XATTR, INO, 77);
	size_t map = group_open(&r, 1, GROUP_MAP, STAMP_ZERO), name = group_key(&r, STAMP_ZERO, span_str("user.a"));
	group_value(&r, 1, said, span_str("\1value"));
	group_value(&r, 16, said, span_str("of 2.1"));
	group_close(&r, name);
	group_close(&r, map);
	put(t, shared_key_span(&key), &r);
}

static void say_statement(struct records *t)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	cleanup(buf_free) struct buf b = BUF_INIT;
	static const uint8_t sig[SIGNER_SIG] = { 9 };
	struct vault_name n = { .kind = SHARED_STATEMENT };
	struct signer_said s = { .kind = 99, .signer = id_of(3), .number = 1, .body = span_str("?"), .sig = sig };
	ok(signer_put_statement(&b, &s));
	ok(signer_statement_hash(buf_span(&b), &n.hash));
	struct vault_key key = vault_key_of(&n);
	group_value(&r, 1, STAMP_ZERO, buf_span(&b));
	put(t, vault_key_span(&key), &r);
}

static void say_all(struct records *t)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	unknown_groups(&r);
	say_new_file(t);
	say_xattr_more(t);
	say_statement(t);
	put(t, SPAN(new_kind, sizeof(new_kind)), &r);
	ok(records_put(t, SPAN(carried, sizeof(carried)), span_str("\3 whatever it is")));
}

/* -- objects ------------------------------------------------------------------------------------------------------- */

static const struct epoch_at epoch = { .vault = { { 1 } }, .genesis = { { 2 } }, .number = 1, .id = { { 2 } } };
static const struct key objects = { { 5 } }, seed_key = { { 6 } };

static struct object_place place_of(enum object_type type)
{
	return (struct object_place){ &epoch, &objects, CIPHER_AES256GCM, type, "0123456789abcdef0123456789abcdef" };
}

/* through_object: sealed and opened again. */
static void through_object(enum object_type type, struct buf *plain)
{
	struct object_place at = place_of(type);
	cleanup(buf_free) struct buf sealed = BUF_INIT;
	struct hash h;
	uint8_t sig[SIG_LEN];
	ok(object_seal(&at, buf_span(plain), type == OBJECT_CHUNK ? NULL : &seed_key, &sealed, &h));
	buf_clear(plain);
	ok(object_open(&at, buf_span(&sealed), plain, &h, sig));
}

static void pack_table(const struct records *t, struct buf *out)
{
	cleanup(pack_free) struct pack p = PACK_INIT;
	for (size_t i = 0; i < t->n; i++)
		ok(pack_add(&p, records_key(t->v[i]), buf_span(&t->v[i]->value)));
	ok(pack_put(&p, out));
}

static struct id nobody(void *ctx, uint64_t stream)
{
	(void)ctx, (void)stream;
	return id_of(1);
}

static void check_not_refused(const struct commit *c, size_t bytes)
{
	struct position p = { THEM, 7, id_of(1) };
	struct vv vv = { .v = &p, .n = 1 };
	struct commit_part part = { .c = *c, .bytes = bytes };
	struct commit_basis b = { .vv = &vv, .rules = 1, .epoch = 1, .device = id_of(1), .device_of = nobody };
	enum refusal why;
	ok(commit_check(&part, 1, &b, &why));
	assert_int_equal(why, REFUSED_NOT);
}

/* through_commit: what a reader has of it. */
static void through_commit(const struct records *from, struct records *to)
{
	struct extension ext = { 9, span_str("of 2.1") };
	cleanup(buf_free) struct buf pack = BUF_INIT, plain = BUF_INIT, again = BUF_INIT;
	cleanup(commit_free) struct commit back = { 0 };
	struct commit c = { .stream = THEM, .n = 7, .parts = 1, .previous = hash_of(1), .rules = 1 };
	pack_table(from, &pack);
	c.lamport = LAMPORT;
	c.pack = buf_span(&pack);
	c.extensions = (struct extensions){ .v = &ext, .n = 1 };
	ok(commit_encode(&c, &plain));
	through_object(OBJECT_COMMIT, &plain);
	ok(commit_decode(buf_span(&plain), &back));
	assert_int_equal(back.extensions.n, 1);
	assert_int_equal(span_cmp(back.extensions.v[0].bytes, span_str("of 2.1")), 0);
	ok(commit_encode(&back, &again));
	assert_int_equal(span_cmp(buf_span(&plain), buf_span(&again)), 0);
	check_not_refused(&back, plain.len);
	ok(pack_read(back.pack, add_to_table, to));
}

/* through_checkpoint: a chunk of all, and its manifest. */
static void through_checkpoint(const struct records *from, struct records *to)
{
	struct extension ext = { 9, span_str("of 2.1") };
	struct chunk chunk = { id_of(1), hash_of(1), 4096 };
	struct manifest m = { .stream = US, .lamport = LAMPORT, .rules = 1, .records = from->n };
	cleanup(buf_free) struct buf plain = BUF_INIT, manifest = BUF_INIT, again = BUF_INIT;
	cleanup(manifest_free) struct manifest back = { 0 };
	pack_table(from, &plain);
	through_object(OBJECT_CHUNK, &plain);
	ok(pack_read(buf_span(&plain), add_to_table, to));
	m.chunks = &chunk;
	m.chunks_n = 1;
	m.extensions = (struct extensions){ .v = &ext, .n = 1 };
	ok(manifest_encode(&m, &manifest));
	through_object(OBJECT_MANIFEST, &manifest);
	ok(manifest_decode(buf_span(&manifest), &back));
	ok(manifest_encode(&back, &again));
	assert_int_equal(span_cmp(buf_span(&manifest), buf_span(&again)), 0);
}

/* -- the way ------------------------------------------------------------------------------------------------------- */

static void published_of(const struct device *d, struct records *out)
{
	struct view v = published_view(d->map);
	collect(&v, SPAN(NULL, 0), SPAN(NULL, 0), out);
}

/* write_beside: a mode and an xattr, published. */
static void write_beside(struct device *d)
{
	cleanup(batch_freep) struct batch *batch = batch_new();
	struct operation o;
	struct xattr_value x = { .ino = INO, .hash = 77, .name = name_of("user.b") };
	operation_begin(&o, d->c);
	x.stamp = changeset_tick(d->c);
	buf_put(&x.value, "mine", 4);
	ok(draft_put_attr(&o.draft, INO, ATTR_UID, x.stamp, SPAN("\1\0\0\0", 4)));
	ok(draft_put_xattr(&o.draft, &x));
	ok(operation_apply(&o, batch));
	operation_end(&o);
	buf_free(&x.value);
	reopen(d);
	ok(changeset_close(d->c, NULL));
	while (!changeset_publish(d->c, PUBLISH_PART, NULL))
		;
}

/* get_record: decoded; `value` has its bytes. */
static void get_record(const struct records *t, struct span key, struct record *r)
{
	const struct records_entry *x = records_find(t, key);
	assert_non_null(x);
	ok(record_decode(buf_span(&x->value), r));
}

static void same_group(const struct record *a, const struct record *b, uint16_t number)
{
	const struct group_node *x = group_find(group_all(a), number), *y = group_find(group_all(b), number);
	assert_true(x && y && x->size == y->size && x->class == y->class);
	for (size_t i = 0; i < x->size; i++) {
		assert_int_equal(stamp_cmp(x[i].stamp, y[i].stamp), 0);
		assert_int_equal(span_cmp(x[i].bytes, y[i].bytes), 0);
	}
}

/* check_all: all that 2.1 said is in `t`; `mine`: what was written beside it too. */
static void check_all(const struct records *from, const struct records *t, bool mine)
{
	cleanup(record_free) struct record before = RECORD_INIT, after = RECORD_INIT, xattr = RECORD_INIT;
	struct shared_key inode = shared_key_ino(SHARED_INODE, INO);
	struct shared_key names = shared_key_number(SHARED_XATTR, INO, 77);
	get_record(from, shared_key_span(&inode), &before);
	get_record(t, shared_key_span(&inode), &after);
	const uint16_t numbers[] = { 12, 13, 14, 300 };
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		same_group(&before, &after, numbers[i]);
	assert_int_equal(group_find(group_all(&after), GROUP_ATTR + ATTR_UID) != NULL, mine);
	get_record(t, shared_key_span(&names), &xattr);
	assert_int_equal(xattr.n, mine ? 6 : 4); /* MAP, name, both groups; name and value */
	assert_non_null(group_find((struct nodes){ xattr.v + 2, 2 }, 16));
	for (size_t i = 0; i < from->n; i++) {
		struct span key = records_key(from->v[i]);
		const struct records_entry *x = records_find(t, key);
		bool touched = mine && *(const uint8_t *)key.p < SHARED_PLACE;
		assert_true(x && (touched || !span_cmp(buf_span(&x->value), buf_span(&from->v[i]->value))));
	}
}

static struct lthash digest_of(const struct records *t)
{
	struct lthash h = { 0 };
	struct view v = records_view(t);
	ok(digest_state(&h, &v));
	return h;
}

static void what_a_later_version_adds_goes_through(void **state)
{
	(void)state;
	struct device d, other;
	cleanup(records_free) struct records from = RECORDS_INIT, got = RECORDS_INIT, now = RECORDS_INIT;
	cleanup(records_free) struct records then = RECORDS_INIT, chunk = RECORDS_INIT, loaded = RECORDS_INIT;
	say_all(&from);
	begin(&d);
	through_commit(&from, &got);
	same_tables(&from, &got);
	ok(changeset_deliver(d.c, &(struct delivery){ &got, LAMPORT, NULL, NULL }));
	reopen(&d);
	published_of(&d, &now);
	check_all(&from, &now, false);
	write_beside(&d);
	ok(changeset_deliver(d.c, &(struct delivery){ &got, LAMPORT, NULL, NULL })); /* and once more */
	published_of(&d, &then);
	check_all(&from, &then, true);
	through_checkpoint(&then, &chunk);
	begin(&other);
	put_published(other.map, &chunk);
	published_of(&other, &loaded);
	same_tables(&then, &loaded);
	struct lthash a = digest_of(&then), b = digest_of(&loaded);
	assert_memory_equal(&a, &b, sizeof(a));
	end(&other);
	end(&d);
}

/* of_two: two records under one key, in both orders. */
static void of_two(struct span key, struct span a, struct span b, struct span want)
{
	const struct span all[] = { a, b };
	for (unsigned first = 0; first < 2; first++) {
		struct device d;
		cleanup(records_free) struct records x = RECORDS_INIT, y = RECORDS_INIT, now = RECORDS_INIT;
		begin(&d);
		ok(records_put(&x, key, all[first]));
		ok(records_put(&y, key, all[!first]));
		ok(changeset_deliver(d.c, &(struct delivery){ &x, LAMPORT, NULL, NULL }));
		ok(changeset_deliver(d.c, &(struct delivery){ &y, LAMPORT, NULL, NULL }));
		published_of(&d, &now);
		assert_int_equal(now.n, 1);
		assert_int_equal(span_cmp(buf_span(&now.v[0]->value), want), 0);
		end(&d);
	}
}

static void of_two_records_of_version_3_the_greater_bytes_win(void **state)
{
	(void)state;
	cleanup(records_free) struct records t = RECORDS_INIT;
	cleanup(record_free) struct record r = RECORD_INIT;
	const struct span key = SPAN(new_kind, sizeof(new_kind));
	unknown_groups(&r);
	put(&t, key, &r);
	of_two(key, span_str("\3a"), span_str("\3b"), span_str("\3b"));
	of_two(key, span_str("\3b"), span_str("\4"), span_str("\4"));
	of_two(key, buf_span(&t.v[0]->value), span_str("\3"), span_str("\3"));
}

/* says_more: a device that has all that 2.1 said is told a record of version 3 under `key`. */
static void says_more(struct span key)
{
	struct device d;
	cleanup(records_free) struct records from = RECORDS_INIT, more = RECORDS_INIT, now = RECORDS_INIT;
	say_all(&from);
	begin(&d);
	ok(changeset_deliver(d.c, &(struct delivery){ &from, LAMPORT, NULL, NULL }));
	ok(records_put(&more, key, span_str("\3")));
	assert_int_equal(changeset_deliver(d.c, &(struct delivery){ &more, LAMPORT, NULL, NULL }), ERR_DAMAGED);
	published_of(&d, &now);
	check_all(&from, &now, false);
	end(&d);
}

/* Or any member could hide a file, or take a statement out of the records. */
static void a_record_of_a_known_kind_gives_way_to_no_later_version(void **state)
{
	(void)state;
	cleanup(records_free) struct records t = RECORDS_INIT;
	struct shared_key inode = shared_key_ino(SHARED_INODE, INO), names = shared_key_number(SHARED_XATTR, INO, 77);
	says_more(shared_key_span(&inode));
	says_more(shared_key_span(&names));
	say_statement(&t);
	says_more(records_key(t.v[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_later_version_adds_goes_through),
		cmocka_unit_test(of_two_records_of_version_3_the_greater_bytes_win),
		cmocka_unit_test(a_record_of_a_known_kind_gives_way_to_no_later_version),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

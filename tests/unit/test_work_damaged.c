/* SPDX-License-Identifier: MIT
 * Records of a mount's map that are damaged: what follows from others is made anew.
 */
#include "tests/unit/cell_damage.h"
#include "tests/unit/work_desk.h"
#include "util/log.h"
#include "vault/join/shared_key.h"
#include "vault/join/vault_key.h"
#include "vault/shown/shown_key.h"
#include "vault/work/parts.h"

#include <fcntl.h>

static bool is_damaged(struct desk *d, const struct shown_key *key)
{
	cleanup(buf_free) struct buf value = BUF_INIT;
	err_t e = d->w->local.get(d->w->local.ctx, shown_key_span(key), &value);
	assert_true(!e || e == ERR_DAMAGED);
	return e == ERR_DAMAGED;
}

static void is_fine(struct desk *d)
{
	cleanup(shown_checked_free) struct shown_checked c = { 0 };
	ok(work_check(d->w, &c));
	assert_int_equal(c.found, SHOWN_FINE);
}

static void what_is_derived_is_made_anew(void **state)
{
	(void)state;
	struct desk d;
	uint64_t hash;
	const struct shown_key count = shown_key_1(SHOWN_SUBDIRS, INO_ROOT);
	desk_begin(&d);
	make(&d, INO_ROOT, "a", NULL);
	ok(shown_hash(d.hash, span_str("a"), &hash));
	const struct shown_key name = shown_key_2(SHOWN_NAMES, INO_ROOT, hash);
	desk_close(&d);
	/* what the opening reads: at once */
	change_cell(&d.place, shown_key_span(&count), shown_key_span(&count));
	desk_open(&d);
	assert_false(is_damaged(&d, &count));
	is_fine(&d);
	desk_close(&d);
	/* any other: by the next opening after it was met, and only then */
	change_cell(&d.place, shown_key_span(&name), shown_key_span(&name));
	desk_open(&d);
	desk_close(&d);
	desk_open(&d);
	assert_true(is_damaged(&d, &name));
	desk_close(&d);
	desk_open(&d);
	assert_false(is_damaged(&d, &name));
	is_fine(&d);
	desk_end(&d);
}

/* -- the open changeset ------------------------------------------------------------------------------------------ */

struct set_key {
	uint8_t b[80];
	size_t len;
};

static struct set_key set_key(struct span shared)
{
	struct set_key k = { { SAID_A }, shared.len + 1 };
	memcpy(k.b + 1, shared.p, shared.len);
	return k;
}

static struct set_key inode_key(uint64_t ino)
{
	const struct shared_key k = shared_key_ino(SHARED_INODE, ino);
	return set_key(shared_key_span(&k));
}

/* content_key: of the content whose id is that letter 16 times. */
static struct set_key content_key(char letter)
{
	struct vault_name n = { .kind = SHARED_CONTENT };
	memset(n.id.b, letter, sizeof(n.id.b));
	const struct vault_key k = vault_key_of(&n);
	return set_key(vault_key_span(&k));
}

static void put(struct desk *d, struct set_key k, struct span value)
{
	cleanup(batch_freep) struct batch *b = batch_new();
	batch_put(b, MAP_RECORDS, SPAN(k.b, k.len), value);
	ok(map_apply(d->map, b));
}

/* damages: while nobody has it open. */
static void damages(struct desk *d, struct set_key k)
{
	change_cell(&d->place, SPAN(k.b, k.len), SPAN(k.b, k.len));
}

static err_t reads(struct desk *d, struct set_key k)
{
	cleanup(buf_free) struct buf value = BUF_INIT;
	return map_get(d->map, MAP_RECORDS, SPAN(k.b, k.len), &value);
}

/* remove_new: of a file that is not published, as a mount does it. */
static void remove_new(struct desk *d, const char *name, uint64_t ino)
{
	struct work_op op;
	const struct spot at = spot_at(INO_ROOT, name);
	enum refusal refusal;
	bool gone;
	ok(work_begin(d->w, &op));
	ok(names_unlink(op.act, &at, NULL, &refusal));
	ok(unborn_drop(op.act, ino, &gone));
	assert_true(gone);
	ok(work_apply(&op));
	work_end(&op);
}

static void left_out(struct desk *d, uint64_t ino)
{
	const struct mended *m = work_mended(d->w);
	assert_int_equal(m->n, ino != 0);
	if (ino)
		assert_int_equal(m->ino[0], ino);
}

static void a_damaged_inode_is_left_out(void **state)
{
	(void)state;
	struct desk d;
	desk_begin(&d);
	uint64_t dir = make(&d, INO_ROOT, "a", NULL), f = make(&d, dir, "f", "text"), g = make(&d, dir, "g", "more");
	desk_close(&d);
	damages(&d, inode_key(f));
	desk_open(&d);
	left_out(&d, f);
	assert_int_equal(shows(&d, dir, "f"), 0);
	assert_int_equal(shows(&d, dir, "g"), g);
	assert_int_equal(reads(&d, inode_key(f)), ERR_NOTFOUND);
	is_fine(&d);
	desk_close(&d);
	desk_open(&d);
	left_out(&d, 0);
	is_fine(&d);
	publish(&d);
	assert_int_equal(shows(&d, dir, "g"), g);
	is_fine(&d);
	desk_end(&d);
}

static void what_is_published_stays(void **state)
{
	(void)state;
	struct desk d;
	struct work_op op;
	enum refusal refusal;
	desk_begin(&d);
	uint64_t f = make(&d, INO_ROOT, "f", "text");
	publish(&d);
	uint64_t g = make(&d, INO_ROOT, "g", "more"); /* so that the root is in the open set, too */
	struct spot from = spot_at(INO_ROOT, "f"), to = spot_at(INO_ROOT, "moved");
	ok(work_begin(d.w, &op));
	ok(moves_rename(op.act, &from, &to, 0, &refusal));
	ok(work_apply(&op));
	work_end(&op);
	assert_int_equal(shows(&d, INO_ROOT, "moved"), f);
	const uint8_t open = d.w->changeset->recorded.open;
	desk_close(&d);
	struct set_key k = inode_key(f);
	k.b[0] = open;
	damages(&d, k);
	desk_open(&d);
	left_out(&d, f);
	assert_int_equal(shows(&d, INO_ROOT, "f"), f);
	assert_int_equal(shows(&d, INO_ROOT, "moved"), 0);
	assert_int_equal(shows(&d, INO_ROOT, "g"), g);
	is_fine(&d);
	desk_end(&d);
}

static void contents_stay_while_they_are_named(void **state)
{
	(void)state;
	struct desk d;
	desk_begin(&d);
	uint64_t f = make(&d, INO_ROOT, "f", "text"), g = make(&d, INO_ROOT, "g", "bbbbbbbbbbbbbbbb");
	put(&d, content_key('a'), span_str("any"));
	put(&d, content_key('b'), span_str("aaaaaaaaaaaaaaaa")); /* as a child does */
	put(&d, content_key('c'), span_str("any"));
	put(&d, content_key('d'), span_str("cccccccccccccccc"));
	desk_close(&d);
	damages(&d, content_key('a'));
	damages(&d, content_key('c'));
	desk_open(&d);
	left_out(&d, 0);
	assert_int_equal(work_failing(d.w)->n, 1);
	assert_int_equal(work_failing(d.w)->ino[0], g);
	assert_int_equal(reads(&d, content_key('a')), ERR_DAMAGED);
	assert_int_equal(reads(&d, content_key('b')), ERR_OK);
	assert_int_equal(reads(&d, content_key('c')), ERR_NOTFOUND);
	assert_int_equal(reads(&d, content_key('d')), ERR_NOTFOUND);
	assert_int_equal(shows(&d, INO_ROOT, "f"), f);
	assert_int_equal(changeset_close(work_changeset(d.w), work_closing(d.w)), ERR_DAMAGED);
	remove_new(&d, "g", g);
	publish(&d);
	assert_int_equal(reads(&d, content_key('a')), ERR_NOTFOUND);
	assert_int_equal(shows(&d, INO_ROOT, "f"), f);
	is_fine(&d);
	desk_end(&d);
}

static void nobody_else_is_named_with_an_inode_that_goes(void **state)
{
	(void)state;
	struct desk d;
	desk_begin(&d);
	uint64_t f = make(&d, INO_ROOT, "f", "aaaaaaaaaaaaaaaa");
	put(&d, content_key('a'), span_str("any"));
	put(&d, content_key('b'), span_str("any"));
	desk_close(&d);
	damages(&d, inode_key(f));
	damages(&d, content_key('a'));
	desk_open(&d);
	left_out(&d, f);
	assert_int_equal(work_failing(d.w)->n, 0);
	assert_int_equal(reads(&d, content_key('a')), ERR_NOTFOUND);
	assert_int_equal(reads(&d, content_key('b')), ERR_OK);
	desk_end(&d);
}

static void what_cannot_be_mended_is_left_alone(void **state)
{
	(void)state;
	const struct vault_key segment = vault_key_of(&(struct vault_name){ .kind = SHARED_SEGMENT, .id = { { 1 } } });
	struct desk d;
	struct work *none = NULL;
	desk_begin(&d);
	uint64_t f = make(&d, INO_ROOT, "f", "text");
	const struct set_key k = set_key(vault_key_span(&segment)),
	                     other = { { SAID_B, SHARED_INODE, 0, 0, 0, 0, 0, 0, 0, 9 }, 10 };
	put(&d, k, span_str("any"));
	put(&d, other, span_str("any"));
	desk_close(&d);
	damages(&d, inode_key(f));
	for (int i = 0; i < 2; i++) {
		damages(&d, i ? other : k);
		d.map = place_open(&d.place);
		assert_int_equal(work_open(&(struct work_config){ .map = d.map, .stream = US, .hash = d.hash }, &none),
		                 ERR_DAMAGED);
		assert_null(none);
		assert_int_equal(reads(&d, inode_key(f)), ERR_DAMAGED);
		put(&d, k, span_str("whole again"));
		ok(map_close(d.map));
	}
	namehash_freep(&d.hash);
	place_remove(&d.place);
}

int main(void)
{
	log_to(log_levels_all(LOG_ERROR), open("/dev/null", O_WRONLY | O_CLOEXEC));
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_derived_is_made_anew),
		cmocka_unit_test(a_damaged_inode_is_left_out),
		cmocka_unit_test(what_is_published_stays),
		cmocka_unit_test(contents_stay_while_they_are_named),
		cmocka_unit_test(nobody_else_is_named_with_an_inode_that_goes),
		cmocka_unit_test(what_cannot_be_mended_is_left_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

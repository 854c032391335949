/* SPDX-License-Identifier: MIT
 * Letters, heads and guides are opened when they are other bytes than the last time (sync/core/opened.h), and then
 * always.
 */
#include "sync/core/epoch.h"
#include "sync/core/opened.h"
#include "sync/core/sync_struct.h"
#include "sync/round.h"
#include "tests/sync_files.h"

struct desk { /* one object of the store, and what is kept */
	struct fleet *f;
	struct epoch epoch;
	char name[OBJECT_NAME];
	struct object_place at;
	struct opened opened;
};

static void desk_open(struct desk *d, struct fleet *f, uint64_t place)
{
	*d = (struct desk){ .f = f };
	ok(epoch_open(f->v->keyring, 1, &d->epoch));
	ok(name_join(&d->epoch.names, place, d->name));
	d->at = epoch_place(&d->epoch, OBJECT_JOIN, d->name);
}

static void desk_close(struct desk *d)
{
	opened_free(&d->opened);
	epoch_wipe(&d->epoch);
}

static void sealed_of(const struct desk *d, const char *text, struct buf *ret)
{
	struct hash h;
	buf_clear(ret);
	ok(object_seal(&d->at, span_str(text), NULL, ret, &h));
}

/* opens: to that text; `n` objects were opened in all. */
static void opens(struct desk *d, const struct buf *sealed, const char *text, uint64_t n)
{
	cleanup(buf_free) struct buf contents = BUF_INIT;
	struct hash h, want;
	uint8_t sig[SIG_LEN], none[SIG_LEN] = { 0 };
	buf_put(&contents, "kept", 4);
	ok(opened_get(&d->opened, &d->at, buf_span(sealed), &contents, &h, sig));
	assert_int_equal(contents.len, 4 + strlen(text));
	assert_memory_equal(contents.p, "kept", 4);
	assert_memory_equal(contents.p + 4, text, strlen(text));
	ok(object_hash(&d->at, span_str(text), &want));
	assert_true(hash_eq(h, want));
	assert_memory_equal(sig, none, SIG_LEN);
	assert_int_equal(d->opened.n, n);
}

static err_t fails(struct desk *d, const struct buf *sealed)
{
	cleanup(buf_free) struct buf contents = BUF_INIT;
	struct hash h;
	uint8_t sig[SIG_LEN];
	err_t e = opened_get(&d->opened, &d->at, buf_span(sealed), &contents, &h, sig);
	assert_int_equal(contents.len, 0);
	return e;
}

static void test_the_same_bytes_are_opened_once(void **state)
{
	cleanup(desk_close) struct desk d;
	cleanup(buf_free) struct buf one = BUF_INIT;
	desk_open(&d, *state, 3);
	sealed_of(&d, "first", &one);
	for (unsigned i = 0; i < 3; i++)
		opens(&d, &one, "first", 1);
}

static void test_other_bytes_in_that_place_are_opened(void **state)
{
	cleanup(desk_close) struct desk d;
	cleanup(buf_free) struct buf one = BUF_INIT, two = BUF_INIT;
	desk_open(&d, *state, 3);
	sealed_of(&d, "first", &one);
	sealed_of(&d, "other", &two);
	opens(&d, &one, "first", 1);
	opens(&d, &two, "other", 2);
	opens(&d, &two, "other", 2);
	opens(&d, &one, "first", 3);
}

static void test_damage_anywhere_is_seen(void **state)
{
	cleanup(desk_close) struct desk d;
	cleanup(buf_free) struct buf one = BUF_INIT;
	desk_open(&d, *state, 3);
	sealed_of(&d, "first", &one);
	opens(&d, &one, "first", 1);
	for (size_t i = 0; i < one.len; i++) {
		one.p[i] ^= 1;
		assert_int_equal(fails(&d, &one), ERR_DAMAGED);
		one.p[i] ^= 1;
	}
	one.len--;
	assert_int_equal(fails(&d, &one), ERR_DAMAGED);
	one.len++;
	opens(&d, &one, "first", 1 + one.len + 1);
}

static void test_the_same_bytes_in_another_place_are_opened_and_fail(void **state)
{
	cleanup(desk_close) struct desk d, other;
	cleanup(buf_free) struct buf one = BUF_INIT;
	desk_open(&d, *state, 3);
	desk_open(&other, *state, 4);
	sealed_of(&d, "first", &one);
	opens(&d, &one, "first", 1);
	const struct object_place at = d.at;
	d.at = other.at;
	assert_int_equal(fails(&d, &one), ERR_DAMAGED);
	d.at = at;
	d.at.type = OBJECT_GUIDE;
	assert_int_equal(fails(&d, &one), ERR_DAMAGED);
	struct epoch_at epoch = *at.epoch;
	epoch.id.b[0] ^= 1;
	d.at = at;
	d.at.epoch = &epoch;
	assert_int_equal(fails(&d, &one), ERR_DAMAGED);
}

static void test_what_is_large_is_opened_each_time(void **state)
{
	cleanup(desk_close) struct desk d;
	cleanup(buf_free) struct buf one = BUF_INIT, text = BUF_INIT;
	desk_open(&d, *state, 3);
	memset(buf_extend(&text, OPENED_BYTES), 'x', OPENED_BYTES);
	buf_u8(&text, 0);
	sealed_of(&d, (const char *)text.p, &one);
	opens(&d, &one, (const char *)text.p, 0);
	assert_null(d.opened.v);
}

/* -- in a fleet -------------------------------------------------------------------------------------------------- */

static void asked_round(struct ship *d)
{
	struct round r = { .pull = true, .heads = true, .force = true };
	guard(&d->sync->work);
	ok(round_run(d->sync, &r));
}

static void test_a_round_in_which_nothing_is_new_opens_nothing(void **state)
{
	struct fleet *f = *state;
	struct ship *a = &f->d[0], *b = fleet_join(f, "laptop");
	file_write(f, b, "x", 5000, 'x');
	fleet_settle(f);
	asked_round(a);
	const uint64_t before = a->sync->opened.n;
	for (unsigned i = 0; i < 3; i++)
		asked_round(a);
	assert_int_equal(a->sync->opened.n, before);
}

static void test_a_head_that_changed_is_opened(void **state)
{
	struct fleet *f = *state;
	struct ship *a = &f->d[0], *b = fleet_join(f, "laptop");
	fleet_settle(f);
	asked_round(a);
	const struct stream *st = streams_find(a->sync, b->stream);
	const uint64_t counter = st->head_counter, before = a->sync->opened.n;
	file_write(f, b, "x", 5000, 'x');
	ship_step(b);
	asked_round(a);
	assert_true(streams_find(a->sync, b->stream)->head_counter > counter);
	assert_in_range(a->sync->opened.n, before + 1, before + 4);
}

static int set_up(void **state)
{
	struct fleet *f = calloc(1, sizeof(*f));
	fleet_new(f, &vault);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	fleet_free(*state);
	free(*state);
	return 0;
}

int main(void)
{
#define T(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(test_the_same_bytes_are_opened_once),    T(test_other_bytes_in_that_place_are_opened),
		T(test_damage_anywhere_is_seen),           T(test_the_same_bytes_in_another_place_are_opened_and_fail),
		T(test_what_is_large_is_opened_each_time), T(test_a_round_in_which_nothing_is_new_opens_nothing),
		T(test_a_head_that_changed_is_opened),
	};
	return cmocka_run_group_tests(tests, vault_begin, vault_end);
}

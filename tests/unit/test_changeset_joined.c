/* SPDX-License-Identifier: MIT
 * What is shown: published records joined with one set, and with two, as the join in memory says.
 */
#include "changeset_util.h"

#include "vault/changeset/joined_once.h"
#include "vault/changeset/joined_view.h"
#include "vault/changeset/publish.h"

/* random_state: what somebody says over `base`, some times. */
static void random_delta(uint64_t *seed, const struct view *base, uint64_t lamport, struct records *out)
{
	struct draft d;
	draft_begin(&d, base);
	for (unsigned i = pick(seed, 12); i; i--)
		ok(say_something(seed, &d, (struct stamp){ lamport + i, one_in(seed, 2) ? US : THEM, 1 }));
	ok(records_add_all(out, draft_records(&d)));
	draft_end(&d);
}

/* look: at some of it. */
static void look(const struct view *a, const struct view *b, uint64_t *seed)
{
	for (unsigned i = 0; i < 2 * INOS; i++) {
		enum shared_kind kind = SHARED_INODE + pick(seed, 4);
		struct shared_key k = shared_key_ino(kind, 10 + pick(seed, INOS));
		if (kind == SHARED_INODE)
			same_key(a, b, shared_key_span(&k));
		else
			same_view_at(a, b, shared_key_span(&k), SPAN(NULL, 0));
	}
}

/* read_once: what is published meanwhile makes no difference to what was read, and to what was not. */
static void read_once(struct changeset *c, const struct view *shown, uint64_t *seed)
{
	struct joined_once once;
	err_t e = ERR_OK;
	joined_once_begin(&once, &c->shown);
	while (e == ERR_OK) {
		look(joined_once_view(&once), shown, seed);
		e = changeset_publish(c, 1, NULL);
	}
	assert_int_equal(e, ERR_NOTFOUND);
	same_views(joined_once_view(&once), shown, seed);
	joined_once_end(&once);
}

static void one_round(uint64_t *seed, enum kind kind)
{
	cleanup(records_free) struct records published = RECORDS_INIT, closed = RECORDS_INIT, open = RECORDS_INIT;
	cleanup(records_free) struct records below = RECORDS_INIT, shown = RECORDS_INIT, elsewhere = RECORDS_INIT;
	struct view p = records_view(&published), b = records_view(&below), s = records_view(&shown);
	cleanup(changeset_freep) struct changeset *c = NULL;
	struct place place;
	random_delta(seed, NULL, 1, &published);
	random_delta(seed, &p, 20, &closed);
	ok(records_add_all(&below, &published));
	ok(join_into(&below, &closed));
	random_delta(seed, &b, 40, &open);
	random_delta(seed, &p, 30,
	             &elsewhere); /* applied here after it was said: published, and not known to the sets */
	ok(join_into(&published, &elsewhere));
	ok(join_into(&below, &elsewhere));
	ok(records_add_all(&shown, &below));
	ok(join_into(&shown, &open));
	place_make(&place, kind);
	struct map *m = place_open(&place);
	put_published(m, &published);
	ok(changeset_open(m, US, &c));
	struct view mapped = published_view(m);
	same_views(&mapped, &p, seed);
	same_views(changeset_shown(c), &p, seed); /* nothing is said */
	put_said(m, c->closed, &closed);
	same_views(changeset_below(c), &b, seed); /* one set */
	same_views(changeset_shown(c), &b, seed);
	put_said(m, c->open, &open);
	same_views(changeset_below(c), &b, seed);
	same_views(changeset_shown(c), &s, seed); /* two */
	changeset_freep(&c);
	ok(changeset_open(m, US, &c)); /* what is in the sets is found again */
	same_views(changeset_shown(c), &s, seed);
	read_once(c, &s, seed);
	changeset_freep(&c);
	ok(map_close(m));
	place_remove(&place);
}

static void what_is_shown_is_the_join(void **state)
{
	(void)state;
	uint64_t seed = random_seed();
	for (unsigned i = random_rounds(60, 5000); i; i--)
		one_round(&seed, FAKE);
	one_round(&seed, DISK);
}

/* A scan of a kind comes in pages; what is said lies before, between and after them, also of inodes that are new. */
static void scans_come_in_pages(void **state)
{
	(void)state;
	cleanup(records_free) struct records published = RECORDS_INIT, open = RECORDS_INIT, shown = RECORDS_INIT;
	cleanup(changeset_freep) struct changeset *c = NULL;
	struct place place;
	struct draft d;
	struct view p = records_view(&published), s = records_view(&shown);
	uint64_t seed = 7;
	draft_begin(&d, NULL);
	for (uint64_t ino = 10; ino < 1000; ino += 2) {
		ok(say_file(&seed, &d, ino, at(ino, THEM)));
		ok(say_version(&seed, &d, ino, at(ino, THEM)));
	}
	ok(join_into(&published, draft_records(&d)));
	draft_end(&d);
	draft_begin(&d, &p);
	for (uint64_t ino = 3; ino < 1100; ino += 5) {
		ok(say_file(&seed, &d, ino, at(2000 + ino, US)));
		ok(say_version(&seed, &d, ino, at(2000 + ino, US)));
	}
	ok(records_add_all(&open, draft_records(&d)));
	draft_end(&d);
	ok(records_add_all(&shown, &published));
	ok(join_into(&shown, &open));
	place_make(&place, FAKE);
	struct map *m = place_open(&place);
	put_published(m, &published);
	ok(changeset_open(m, US, &c));
	put_said(m, c->open, &open);
	for (unsigned i = 0; i < 20; i++)
		same_views(changeset_shown(c), &s, &seed);
	changeset_freep(&c);
	ok(map_close(m));
}

static void numbers_that_were_added_are_in_the_set(void **state)
{
	(void)state;
	struct ino_set s = INO_SET_INIT;
	uint64_t seed = 99, out = 0;
	assert_false(ino_set_has(&s, 1));
	for (uint64_t i = 1; i <= 5000; i++)
		ino_set_add(&s, i * 3);
	ino_set_add(&s, 3);
	assert_int_equal(s.n, 5000);
	for (uint64_t i = 1; i <= 5000; i++) {
		assert_true(ino_set_has(&s, i * 3));
		out += ino_set_has(&s, i * 3 + 1) + ino_set_has(&s, random_u64(&seed) | 1u << 20);
	}
	assert_int_equal(out, 0);
	ino_set_free(&s);
	assert_false(ino_set_has(&s, 3));
}

static void a_state_that_no_encoder_writes_is_refused(void **state)
{
	(void)state;
	cleanup(buf_free) struct buf b = BUF_INIT;
	struct changeset_state s = { .open = SAID_B, .n = 7, .lamport = 1000 }, t = { 0 };
	changeset_state_encode(&s, &b);
	ok(changeset_state_decode(buf_span(&b), &t));
	assert_true(t.open == s.open && t.n == 7 && t.lamport == 1000);
	for (size_t i = 0; i < b.len; i++)
		assert_int_equal(changeset_state_decode(SPAN(b.p, i), &t), ERR_DAMAGED);
	b.p[1] = SAID_B + 1;
	assert_int_equal(changeset_state_decode(buf_span(&b), &t), ERR_DAMAGED);
	b.p[0] = 2;
	assert_int_equal(changeset_state_decode(buf_span(&b), &t), ERR_VERSION);
	b.p[0] = 1, b.p[1] = SAID_A;
	memset(b.p + 2, 0, 8);
	assert_int_equal(changeset_state_decode(buf_span(&b), &t), ERR_DAMAGED);
	assert_int_equal(t.n, 7); /* as it was */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_shown_is_the_join),
		cmocka_unit_test(scans_come_in_pages),
		cmocka_unit_test(numbers_that_were_added_are_in_the_set),
		cmocka_unit_test(a_state_that_no_encoder_writes_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT
 * A commit of a member that says more than one may: as much of it is read as one may have, and it is refused.
 */
#include "tests/sync_peers.h"

#define MOST 100000

/* too_large: in parts, each of which could be one of a commit that is not. */
static void too_large(struct making *m, void *ctx)
{
	static uint8_t bytes[MOST / 4];
	(void)ctx;
	records_free(&m->records);
	for (uint8_t i = 0; i < 8; i++) {
		cleanup(record_free) struct record r = RECORD_INIT;
		cleanup(buf_free) struct buf value = BUF_INIT;
		const uint8_t key[] = { 0x60, i };
		group_value(&r, 1, STAMP_ZERO, SPAN(bytes, sizeof(bytes)));
		ok(record_encode(&r, &value));
		ok(records_put(&m->records, SPAN(key, sizeof(key)), buf_span(&value)));
	}
	m->parts = 8;
}

/* put_part: another one than `h`, of the same commit 1, in its place: with a larger record. */
static void put_part(struct peers *f, struct peer *p, uint8_t part, const struct hidden *h)
{
	cleanup(epoch_wipe) struct epoch epoch = { 0 };
	cleanup(buf_free) struct buf plain = BUF_INIT, sealed = BUF_INIT, value = BUF_INIT, packed = BUF_INIT;
	cleanup(record_free) struct record r = RECORD_INIT;
	cleanup(pack_free) struct pack pack = PACK_INIT;
	static uint8_t bytes[MOST / 3];
	const uint8_t key[] = { 0x60, part, 1 };
	struct commit c = { .stream = p->number, .n = 1, .part = part, .parts = 8 };
	struct hash hash;
	group_value(&r, 1, STAMP_ZERO, SPAN(bytes, sizeof(bytes)));
	ok(record_encode(&r, &value));
	ok(pack_add(&pack, SPAN(key, sizeof(key)), buf_span(&value)));
	ok(pack_put(&pack, &packed));
	c.pack = buf_span(&packed);
	ok(commit_encode(&c, &plain));
	ok(epoch_open(f->keyring, 1, &epoch));
	struct object_place place = epoch_place(&epoch, OBJECT_COMMIT, h->name);
	ok(object_seal(&place, buf_span(&plain), &p->seed, &sealed, &hash));
	ok(store_put_sync(f->store, h->name, buf_span(&sealed)));
}

/* What is too large is left at the limit, and asked for once: whatever it says, it takes no more memory than that. But
 * only what its last part names counts for it: others would not find it too large else. */
static void what_is_too_large_is_left_at_the_limit(void **state)
{
	struct peers f;
	struct hidden h;
	(void)state;
	peers_new(&f, 3);
	for (size_t i = 0; i < f.n; i++)
		f.p[i].sync->c.commit_bytes = MOST;
	published(&f, &f.p[0], too_large, NULL);
	hide(&f, &f.p[0], 1, 6, &h); /* a part that is behind the limit */
	assert_false(peer_pull(&f.p[1]));
	assert_non_null(strstr(peer_alarm(&f.p[1]), "it is too large"));
	assert_int_equal(f.p[1].sync->deliver->room.bytes, 0);
	assert_int_equal(peer_stream(&f.p[1], &f.p[0])->seen.n, 1);
	show(&f, &h);
	hide(&f, &f.p[0], 1, 7, &h); /* and before the last one is there nothing is known of it */
	assert_false(peer_pull(&f.p[2]));
	assert_string_equal(peer_alarm(&f.p[2]), "");
	show(&f, &h);
	for (uint8_t part = 1; part <= 3; part += 2) { /* the fourth is the one that is too much */
		hide(&f, &f.p[0], 1, part, &h);
		put_part(&f, &f.p[0], part, &h);
		assert_false(peer_pull(&f.p[2]));
		assert_non_null(strstr(peer_alarm(&f.p[2]), "does not verify"));
		assert_int_equal(peer_stream(&f.p[2], &f.p[0])->seen.n, 0);
		show(&f, &h);
	}
	assert_false(peer_pull(&f.p[2]));
	assert_non_null(strstr(peer_alarm(&f.p[2]), "it is too large"));
	peers_free(&f);
}

/* Everybody refuses it, and what stands on it; all else goes on. */
static void what_is_too_large_is_refused_by_all(void **state)
{
	struct peers f;
	(void)state;
	peers_new(&f, 3);
	for (size_t i = 0; i < f.n; i++)
		f.p[i].sync->c.commit_bytes = MOST;
	published(&f, &f.p[0], NULL, NULL);
	published(&f, &f.p[0], too_large, NULL);
	published(&f, &f.p[0], NULL, NULL);
	for (size_t i = 1; i < f.n; i++) {
		assert_true(peer_pull(&f.p[i]));
		assert_int_equal(peer_stream(&f.p[i], &f.p[0])->applied.n, 1);
		assert_int_equal(f.p[i].sync->deliver->room.refused.n, 2);
		peer_check(&f.p[i]);
	}
	assert_same_published(&f.p[1], &f.p[2]);
	peers_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_too_large_is_left_at_the_limit),
		cmocka_unit_test(what_is_too_large_is_refused_by_all),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

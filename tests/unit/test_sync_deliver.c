/* SPDX-License-Identifier: MIT
 * Commits of format 2 between devices: pulled, applied in whatever order they come, refused, missing, and after
 * crashes.
 */
#include "tests/sync_peers.h"

#include "remote/layers/fault.h"
#include "sync/checkpoint/make.h"
#include "sync/publish/audit.h"
#include "sync/pull/head_read.h"
#include "sync/status.h"
#include "util/vec.h"

#define STEPS 60

/* -- whatever the order ------------------------------------------------------------------------------------------ */

static void step(struct peers *f, struct peer *p, uint64_t *seed)
{
	switch (pick(seed, 7)) {
	case 0:
		(void)peer_publish(f, p, NULL, NULL);
		break;
	case 1:
		(void)peer_pull(p);
		break;
	case 2:
		if (one_in(seed, 3))
			peer_crash(f, p);
		peer_check(p);
		break;
	case 3:
		ok(map_commit(p->map));
		break;
	default:
		peer_operate(p, seed);
	}
}

static void devices_come_to_the_same_records(void **state)
{
	uint64_t seed = random_seed();
	(void)state;
	for (unsigned round = 0; round < random_rounds(6, 200); round++) {
		struct peers f;
		peers_new(&f, 2 + pick(&seed, 3));
		for (size_t i = 0; i < f.n; i++)
			f.p[i].sync->deliver->room.max = one_in(&seed, 2) ? 4000 : 0;
		for (unsigned i = 0; i < STEPS; i++)
			step(&f, &f.p[pick(&seed, (unsigned)f.n)], &seed);
		for (size_t i = 0; i < f.n; i++)
			(void)peer_publish(&f, &f.p[i], NULL, NULL);
		peers_settle(&f);
		peers_same(&f);
		peers_free(&f);
	}
}

/* pull_try: of a store that misbehaves. */
static void pull_try(struct peer *p)
{
	bool applied = false;
	err_t e = pull_run(p->sync, &applied);
	assert_true(e == ERR_OK || e == ERR_NET || e == ERR_TIMEOUT);
}

static void a_store_that_shows_what_it_likes(void **state)
{
	uint64_t seed = random_seed();
	(void)state;
	for (unsigned round = 0; round < random_rounds(4, 100); round++) {
		static const struct fault_plan plan = {
			.ops = FAULT_GET, .stale = 300, .garble = 100, .cut = 50, .error = 50, .front = true
		};
		struct peers f;
		peers_new(&f, 3);
		f.store = fault_new(f.store, seed);
		for (size_t i = 0; i < f.n; i++)
			f.p[i].sync->c.store = f.store;
		for (unsigned i = 0; i < STEPS; i++) {
			struct peer *p = &f.p[pick(&seed, 3)];
			fault_set(f.store, &plan);
			peer_operate(p, &seed);
			pull_try(p);
			fault_set(f.store, &(struct fault_plan){ 0 });
			if (one_in(&seed, 4))
				(void)peer_publish(&f, p, NULL, NULL);
		}
		for (size_t i = 0; i < f.n; i++)
			(void)peer_publish(&f, &f.p[i], NULL, NULL);
		peers_settle(&f);
		peers_same(&f);
		peers_free(&f);
	}
}

/* -- missing ----------------------------------------------------------------------------------------------------- */

static void what_stands_on_a_missing_one_waits(void **state)
{
	struct peers f;
	struct hidden h;
	(void)state;
	peers_new(&f, 3);
	published(&f, &f.p[0], NULL, NULL);
	published(&f, &f.p[0], NULL, NULL);
	assert_true(peer_pull(&f.p[1]));
	published(&f, &f.p[1], NULL, NULL);
	hide(&f, &f.p[0], 1, 0, &h);
	assert_false(peer_pull(&f.p[2]));
	assert_int_equal(f.p[2].sync->deliver->room.n, 2); /* and what it names of that stream */
	show(&f, &h);
	assert_true(peer_pull(&f.p[2]));
	peers_settle(&f);
	peers_same(&f);
	peers_free(&f);
}

static void in_three_parts(struct making *m, void *ctx)
{
	(void)ctx;
	m->parts = 3;
}

static void a_commit_is_there_with_its_last_part(void **state)
{
	(void)state;
	for (uint32_t part = 0; part < 3; part++) {
		struct peers f;
		struct hidden h;
		peers_new(&f, 2);
		published(&f, &f.p[0], in_three_parts, NULL);
		hide(&f, &f.p[0], 1, part, &h);
		assert_false(peer_pull(&f.p[1]));
		assert_string_equal(peer_alarm(&f.p[1]), "");
		h.bytes.p[100] ^= 1;
		ok(store_put_sync(f.store, h.name, buf_span(&h.bytes)));
		assert_false(peer_pull(&f.p[1]));
		assert_non_null(strstr(peer_alarm(&f.p[1]), "does not verify"));
		h.bytes.p[100] ^= 1;
		show(&f, &h);
		assert_true(peer_pull(&f.p[1]));
		peers_same(&f);
		peers_free(&f);
	}
}

/* -- wrong ------------------------------------------------------------------------------------------------------- */

static void other_digest(struct making *m, void *ctx)
{
	(void)ctx;
	m->c.digest.b[0] ^= 1;
}

static void an_other_digest_names_both(void **state)
{
	struct peers f;
	char a[ID_TEXT], b[ID_TEXT];
	(void)state;
	peers_new(&f, 2);
	published(&f, &f.p[0], other_digest, NULL);
	assert_true(peer_pull(&f.p[1]));
	const char *said = peer_alarm(&f.p[1]);
	id_hex(f.p[0].id, a);
	id_hex(f.p[1].id, b);
	a[8] = b[8] = 0;
	assert_true(strstr(said, "different records") && strstr(said, a) && strstr(said, b));
	assert_same_published(&f.p[0], &f.p[1]);
	peers_free(&f);
}

static void no_lamport(struct making *m, void *ctx)
{
	(void)ctx;
	m->c.lamport = 0;
}

static void too_far(struct making *m, void *ctx)
{
	(void)ctx;
	m->c.lamport += COMMIT_LAMPORT_STEP + 1;
}

static void not_shared_rules(struct making *m, void *ctx)
{
	(void)ctx;
	m->c.rules = 2;
}

/* unknown_dot: a stamp of a commit that it does not stand on. */
static void unknown_dot(struct making *m, void *ctx)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	cleanup(buf_free) struct buf value = BUF_INIT;
	static const uint8_t key[] = { 0x60, 0xff };
	(void)ctx;
	group_value(&r, 1, (struct stamp){ 1, 77, 1 }, span_str("x"));
	ok(record_encode(&r, &value));
	ok(records_put(&m->records, SPAN(key, sizeof(key)), buf_span(&value)));
}

static void of_another(struct making *m, void *ctx)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	cleanup(buf_free) struct buf value = BUF_INIT;
	uint8_t key[1 + ID_LEN] = { 0x46, 0x99 };
	(void)ctx;
	group_value(&r, 1, STAMP_ZERO, SPAN("", 0));
	ok(record_encode(&r, &value));
	ok(records_put(&m->records, SPAN(key, sizeof(key)), buf_span(&value)));
}

/* A wrong commit is refused by everybody, and what stands on it; all else goes on. */
static void refused(making_twist twist, const char *why)
{
	struct peers f;
	peers_new(&f, 4);
	published(&f, &f.p[0], NULL, NULL);
	published(&f, &f.p[3], NULL, NULL);
	peers_settle(&f);
	published(&f, &f.p[0], twist, NULL);
	published(&f, &f.p[0], NULL, NULL);
	published(&f, &f.p[3], NULL, NULL);
	assert_true(peer_pull(&f.p[1]));
	assert_true(peer_pull(&f.p[2]));
	published(&f, &f.p[1], NULL, NULL);
	assert_true(peer_pull(&f.p[2]));
	(void)peer_pull(&f.p[1]);
	assert_same_published(&f.p[1], &f.p[2]);
	for (size_t i = 1; i <= 2; i++) {
		assert_int_equal(peer_stream(&f.p[i], &f.p[0])->applied.n, 1);
		assert_int_equal(peer_stream(&f.p[i], &f.p[3])->applied.n, 2);
		assert_non_null(strstr(peer_alarm(&f.p[i]), why));
		assert_int_equal(f.p[i].sync->deliver->room.n, 0);
		assert_int_equal(f.p[i].sync->deliver->room.refused.n, 2);
		peer_check(&f.p[i]);
	}
	peers_free(&f);
}

static void wrong_ones_are_refused(void **state)
{
	(void)state;
	refused(no_lamport, "its clock is not possible");
	refused(too_far, "its clock is not possible");
	refused(not_shared_rules, "its rules are not in force");
	refused(unknown_dot, "it speaks of what its device did not know");
	refused(of_another, "it says what only another device may say");
}

/* -- two under one number ---------------------------------------------------------------------------------------- */

/* copy_of: commit n of `p`, as it is in its place, goes under its hash as well. */
static void copy_of(struct peers *f, const struct peer *p, uint64_t n)
{
	cleanup(epoch_wipe) struct epoch epoch = { 0 };
	cleanup(buf_free) struct buf body = BUF_INIT, plain = BUF_INIT, sealed = BUF_INIT;
	char name[OBJECT_NAME], copy[OBJECT_NAME];
	uint8_t sig[SIG_LEN];
	struct hash hash;
	ok(epoch_open(f->keyring, 1, &epoch));
	ok(name_commit(&epoch.names, p->hash, n, 0, name));
	ok(store_get_sync(f->store, name, 0, 0, 0, &body));
	struct object_place from = epoch_place(&epoch, OBJECT_COMMIT, name);
	ok(object_open(&from, buf_span(&body), &plain, &hash, sig));
	ok(name_copy(&epoch.names, hash, copy));
	struct object_place to = epoch_place(&epoch, OBJECT_COMMIT, copy);
	ok(object_seal(&to, buf_span(&plain), &p->seed, &sealed, &hash));
	ok(store_put_sync(f->store, copy, buf_span(&sealed)));
}

/* two_branches: 0 was restored, and said two things as its commit 2: 1 stands on the first, the second is in its place,
 * and 2 has seen neither. */
static void two_branches(struct peers *f)
{
	struct base *before = NULL;
	peers_new(f, 3);
	published(f, &f->p[0], NULL, NULL);
	peers_settle(f);
	ok(map_commit(f->p[0].map));
	ok(base_mem_copy(f->p[0].base, &before));
	published(f, &f->p[0], NULL, NULL);
	copy_of(f, &f->p[0], 2);
	assert_true(peer_pull(&f->p[1]));
	published(f, &f->p[1], NULL, NULL); /* stands on the first commit 2 */
	peer_close(&f->p[0]);
	f->p[0].base = before;
	peer_open(f, &f->p[0]);
	uint64_t seed = 99;
	for (unsigned i = 0; i < 5; i++)
		peer_operate(&f->p[0], &seed);
	assert_true(peer_publish(f, &f->p[0], NULL, NULL)); /* the second takes its place */
	published(f, &f->p[0], NULL, NULL);
}

static void both_branches_of_a_restored_device_are_applied(void **state)
{
	struct peers f;
	(void)state;
	two_branches(&f);
	assert_true(peer_pull(&f.p[2]));
	assert_true(peer_pull(&f.p[1]));
	for (size_t i = 1; i <= 2; i++) {
		cleanup(vv_free) struct vv vv = { 0 };
		ok(place_positions(f.p[i].sync, &vv));
		assert_int_equal(vv_of(&vv, f.p[0].number).n, 2);
		assert_non_null(strstr(peer_alarm(&f.p[i]), "second of this number"));
		peer_check(&f.p[i]);
	}
	assert_same_published(&f.p[1], &f.p[2]);
	published(&f, &f.p[2], NULL, NULL); /* says both */
	peer_crash(&f, &f.p[1]);
	assert_true(peer_pull(&f.p[1]));
	assert_same_published(&f.p[1], &f.p[2]);
	assert_null(strstr(peer_alarm(&f.p[1]), "different records"));
	peers_free(&f);
}

/* branches_are_there: `p` looks whether the store has the ends of branches that it stands on. */
static bool branches_are_there(struct peer *p)
{
	p->sync->checkpoint.branches = 0; /* it is time to look again */
	ok(audit_run(p->sync));
	return !p->sync->checkpoint.wanted;
}

/* lose_copy: what is under the hash of a commit. */
static void lose_copy(struct peers *f, struct position p)
{
	cleanup(epoch_wipe) struct epoch epoch = { 0 };
	struct hash hash = HASH_ZERO;
	char name[OBJECT_NAME];
	id_put(hash.b, p.hash);
	ok(epoch_open(f->keyring, 1, &epoch));
	ok(name_copy(&epoch.names, hash, name));
	ok(store_del_sync(f->store, name));
}

/* Who wrote it may be gone: newcomers get it by a checkpoint, which is made once. */
static void an_end_of_a_branch_that_the_store_lost_is_given_back(void **state)
{
	struct peers f;
	(void)state;
	two_branches(&f);
	struct peer *p = &f.p[2];
	assert_true(peer_pull(p));
	assert_true(peer_pull(&f.p[1]));
	assert_true(branches_are_there(p) && branches_are_there(&f.p[1])); /* under its hash; in its own place */
	assert_int_equal(p->sync->deliver->branches.n, 1);
	lose_copy(&f, p->sync->deliver->branches.v[0]);
	assert_false(branches_are_there(p));
	assert_non_null(strstr(peer_alarm(p), "commit 2 of a branch of stream"));
	ok(make_run(p->sync));
	assert_true(branches_are_there(p));
	ok(map_commit(p->map));
	peer_crash(&f, p);
	assert_true(branches_are_there(p));
	peers_free(&f);
}

/* One device can say as much as it likes under one number: nobody else is held up by that. */
static void branches_of_one_stream_are_limited(void **state)
{
	struct peers f;
	struct base *before = NULL;
	uint64_t seed = 99;
	(void)state;
	peers_new(&f, 3);
	published(&f, &f.p[0], NULL, NULL);
	peers_settle(&f);
	ok(map_commit(f.p[0].map));
	for (unsigned i = 0; i < 2 * BRANCHES_MAX; i++) {
		ok(base_mem_copy(f.p[0].base, &before));
		do
			peer_operate(&f.p[0], &seed);
		while (!peer_publish(&f, &f.p[0], NULL, NULL));
		peer_stream(&f.p[1], &f.p[0])->seen.n = 1; /* it looks at that place again */
		(void)peer_pull(&f.p[1]);
		peer_close(&f.p[0]);
		f.p[0].base = before;
		peer_open(&f, &f.p[0]);
	}
	cleanup(vv_free) struct vv vv = { 0 };
	ok(place_positions(f.p[1].sync, &vv));
	assert_int_equal(vv_of(&vv, f.p[0].number).n, 1 + BRANCHES_MAX);
	assert_non_null(strstr(peer_alarm(&f.p[1]), "one more branch"));
	published(&f, &f.p[2], NULL, NULL);
	assert_true(peer_pull(&f.p[1]));
	published(&f, &f.p[1], NULL, NULL);
	peer_check(&f.p[1]);
	peers_free(&f);
}

/* fill: as if so many branches of other streams were followed. */
static void fill(struct peer *p, size_t n)
{
	struct vv *b = &p->sync->deliver->branches;
	assert_true(vec_room(b->v, b->n, n - b->n, &b->cap));
	for (; b->n < n; b->n++)
		b->v[b->n] = (struct position){ 1 + b->n, 1, ID_ZERO };
}

/* Who cannot say its positions publishes nothing and applies nothing, so others never bring so many. */
static void positions_of_all_streams_are_limited(void **state)
{
	struct peers f;
	struct base *before = NULL;
	uint64_t seed = 99;
	(void)state;
	peers_new(&f, 4);
	published(&f, &f.p[0], NULL, NULL);
	assert_true(peer_pull(&f.p[1]));
	fill(&f.p[1], BRANCHES_ALL);
	published(&f, &f.p[2], NULL, NULL);
	assert_true(peer_pull(&f.p[1])); /* a stream has room still */
	ok(map_commit(f.p[0].map));
	ok(base_mem_copy(f.p[0].base, &before));
	published(&f, &f.p[0], NULL, NULL);
	assert_true(peer_pull(&f.p[1]));
	peer_close(&f.p[0]);
	f.p[0].base = before;
	peer_open(&f, &f.p[0]);
	do
		peer_operate(&f.p[0], &seed);
	while (!peer_publish(&f, &f.p[0], NULL, NULL));
	peer_stream(&f.p[1], &f.p[0])->seen.n = 1; /* it looks at that place again */
	assert_false(peer_pull(&f.p[1]));
	assert_non_null(strstr(peer_alarm(&f.p[1]), "one more branch"));
	fill(&f.p[1], VV_MAX - 4); /* with the founder's, two more streams, and its own */
	published(&f, &f.p[3], NULL, NULL);
	assert_false(peer_pull(&f.p[1]));
	cleanup(vv_free) struct vv vv = { 0 };
	ok(place_positions(f.p[1].sync, &vv));
	assert_int_equal(vv.n, VV_MAX - 1);
	peers_free(&f);
}

/* -- epochs ------------------------------------------------------------------------------------------------------ */

static const struct hash second = { { 2 } };
static const struct key root = { { 7 } };

/* Who was revoked knows the places of its epochs for ever. */
static void what_lies_in_the_place_of_an_older_epoch_hides_nothing(void **state)
{
	cleanup(epoch_wipe) struct epoch first = { 0 };
	char name[OBJECT_NAME];
	struct peers f;
	(void)state;
	peers_new(&f, 2);
	published(&f, &f.p[0], NULL, NULL);
	assert_true(peer_pull(&f.p[1]));
	ok(epoch_open(f.keyring, 1, &first));
	ok(name_commit(&first.names, f.p[0].hash, 2, 0, name));
	ok(store_put_sync(f.store, name, span_str("junk")));
	ok(keyring_add(f.keyring, 2, second, &root));
	published(&f, &f.p[0], NULL, NULL);
	assert_true(peer_pull(&f.p[1]));
	assert_string_equal(peer_alarm(&f.p[1]), "");
	peer_check(&f.p[1]);
	peers_free(&f);
}

/* Whoever knows the first root can claim that there is a newer one. */
static void what_lies_in_the_place_of_a_claimed_epoch_hides_no_head(void **state)
{
	cleanup(epoch_wipe) struct epoch claimed = { 0 };
	cleanup(head_got_free) struct head_got got = { 0 };
	char name[OBJECT_NAME];
	struct peers f;
	(void)state;
	peers_new(&f, 2);
	published(&f, &f.p[0], NULL, NULL);
	peer_head(&f, &f.p[0], NULL);
	ok(keyring_claim(f.keyring, 2, second, &root));
	ok(epoch_open(f.keyring, 2, &claimed));
	ok(name_head(&claimed.names, f.p[0].hash, name));
	ok(store_put_sync(f.store, name, span_str("junk")));
	ok(head_read(f.p[1].sync, peer_stream(&f.p[1], &f.p[0]), &got));
	assert_int_equal(got.epoch, 1);
	assert_string_equal(peer_alarm(&f.p[1]), "");
	peers_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(devices_come_to_the_same_records),
		cmocka_unit_test(a_store_that_shows_what_it_likes),
		cmocka_unit_test(what_stands_on_a_missing_one_waits),
		cmocka_unit_test(a_commit_is_there_with_its_last_part),
		cmocka_unit_test(an_other_digest_names_both),
		cmocka_unit_test(wrong_ones_are_refused),
		cmocka_unit_test(both_branches_of_a_restored_device_are_applied),
		cmocka_unit_test(an_end_of_a_branch_that_the_store_lost_is_given_back),
		cmocka_unit_test(branches_of_one_stream_are_limited),
		cmocka_unit_test(positions_of_all_streams_are_limited),
		cmocka_unit_test(what_lies_in_the_place_of_an_older_epoch_hides_nothing),
		cmocka_unit_test(what_lies_in_the_place_of_a_claimed_epoch_hides_no_head),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

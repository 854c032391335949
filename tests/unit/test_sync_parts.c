/* SPDX-License-Identifier: MIT
 * Commits of several parts: another device may be in the middle of uploading one. That is no damage.
 */
#include "sync/core/sync_struct.h"
#include "tests/sync_fleet.h"

#define XATTRS 200

/* write_large: changes that fill more than one part and do not compress. */
static void write_large(struct dev *d)
{
	cleanup(txn_freep) struct txn *t = txn_begin(d->map);
	cleanup_free uint8_t *value = malloc(XATTR_VALUE_MAX);
	assert_non_null(value);
	for (unsigned i = 0; i < XATTRS; i++) {
		cleanup(buf_free) struct buf v = BUF_INIT;
		struct xattr_rec x = { span_str("user.large"), SPAN(value, XATTR_VALUE_MAX) };
		struct rkey key = key_ino_hash(REC_XATTR, INO_ROOT, i);
		assert_int_equal(crypto_random(value, XATTR_VALUE_MAX), ERR_OK);
		xattr_encode(&x, 1, &v);
		txn_put(t, rkey_span(&key), &v);
	}
	assert_int_equal(txn_apply(t), ERR_OK);
}

/* part_name: of the newest commit of `d`. */
static void part_name(struct dev *d, uint32_t part, char name[OBJECT_NAME])
{
	assert_true(commits_find(d->sync, d->sync->st.tip)->parts >= 3);
	assert_int_equal(name_commit(d->keyring, 1, d->stream, d->sync->st.n, part, name), ERR_OK);
}

/* no_checkpoints: their commits would stand in the way. */
static void no_checkpoints(struct dev *d)
{
	dev_crash(d);
	d->checkpoint_min = 1u << 30;
	dev_open(d);
}

/* without_part: a is in the middle of its upload: the part is not there yet, nor is the head, which comes last. `head`:
 * the head is there, so the part was lost. */
static void without_part(uint32_t part, bool head)
{
	cleanup(fleet_free) struct fleet f;
	cleanup(buf_free) struct buf body = BUF_INIT, old_head = BUF_INIT;
	char name[OBJECT_NAME], head_name[OBJECT_NAME];
	fleet_new(&f, 7);
	struct dev *a = &f.d[0], *b;
	no_checkpoints(a);
	dev_step(a);
	b = fleet_join(&f, "laptop");
	no_checkpoints(b);
	dev_step(b);
	dev_step(a);
	uint64_t height = b->sync->st.height;
	assert_int_equal(name_head(a->keyring, 1, a->stream, head_name), ERR_OK);
	assert_int_equal(store_get_sync(f.shared, head_name, 0, 0, 0, &old_head), ERR_OK);
	write_large(a);
	dev_step(a);
	if (!head)
		assert_int_equal(store_put_sync(f.shared, head_name, buf_span(&old_head)), ERR_OK);
	part_name(a, part, name);
	assert_int_equal(store_get_sync(f.shared, name, 0, 0, 0, &body), ERR_OK);
	assert_int_equal(store_del_sync(f.shared, name), ERR_OK);
	dev_step(b);
	dev_step(b);
	assert_int_equal(b->sync->st.height, height);
	if (head)
		assert_non_null(strstr(sync_alarm_text(b->sync), "lost, damaged or withheld"));
	else
		assert_string_equal(sync_alarm_text(b->sync), "");
	assert_int_equal(store_put_sync(f.shared, name, buf_span(&body)), ERR_OK);
	dev_step(b);
	if (!head)
		assert_string_equal(sync_alarm_text(b->sync), "");
	assert_same_map(a, b);
}

static void test_the_last_part_is_waited_for(void **state)
{
	(void)state;
	without_part(2, false);
}

static void test_a_middle_part_is_waited_for(void **state)
{
	(void)state;
	without_part(1, false);
}

static void test_the_first_part_is_waited_for(void **state)
{
	(void)state;
	without_part(0, false);
}

static void test_a_part_behind_a_head_is_lost_and_named(void **state)
{
	(void)state;
	without_part(1, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_last_part_is_waited_for),
		cmocka_unit_test(test_a_middle_part_is_waited_for),
		cmocka_unit_test(test_the_first_part_is_waited_for),
		cmocka_unit_test(test_a_part_behind_a_head_is_lost_and_named),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

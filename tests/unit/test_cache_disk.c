/* SPDX-License-Identifier: MIT
 * What a state directory says of itself, and what of its base is damaged: one sentence a test.
 */
#include "cell_damage.h"
#include "util/log.h"

#include <fcntl.h>

static void a_second_open_is_busy(void **state)
{
	(void)state;
	struct place p;
	place_make(&p, DISK);
	struct map *m = place_open(&p), *other = NULL;
	struct why why = { 0 };
	assert_int_equal(map_open(&p.config, &other, &why), ERR_BUSY);
	assert_non_null(strstr(why.text, "in use"));
	assert_int_equal(map_close(m), ERR_OK);
	m = place_open(&p);
	assert_int_equal(map_close(m), ERR_OK);
	place_remove(&p);
}

static void another_key_is_refused(void **state)
{
	(void)state;
	struct place p;
	place_make(&p, DISK);
	struct map *m = place_open(&p);
	put_text(m, MAP_RECORDS, "a", "1");
	assert_int_equal(map_close(m), ERR_OK);
	p.key.b[3] ^= 1;
	assert_int_equal(map_open(&p.config, &m, NULL), ERR_WRONGKEY);
	p.key.b[3] ^= 1;
	m = place_open(&p);
	has_text(m, MAP_RECORDS, "a", "1");
	assert_int_equal(map_close(m), ERR_OK);
	place_remove(&p);
}

static void two_maps_live_in_one_process(void **state)
{
	(void)state;
	struct place p[2];
	struct map *m[2];
	for (int i = 0; i < 2; i++) {
		place_make(&p[i], DISK);
		m[i] = place_open(&p[i]);
	}
	for (int i = 0; i < 2; i++) {
		put_text(m[i], MAP_RECORDS, "a", i ? "one" : "zero");
		assert_int_equal(map_commit(m[i]), ERR_OK);
	}
	for (int i = 0; i < 2; i++) {
		has_text(m[i], MAP_RECORDS, "a", i ? "one" : "zero");
		assert_int_equal(map_close(m[i]), ERR_OK);
		place_remove(&p[i]);
	}
}

static void a_state_of_another_version_is_refused(void **state)
{
	(void)state;
	struct place p;
	place_make(&p, DISK);
	struct map *m = place_open(&p), *none = NULL;
	put_text(m, MAP_RECORDS, "a", "1");
	assert_int_equal(map_close(m), ERR_OK);
	for (int step = -1; step <= 1; step += 2) {
		MDB_dbi dbi;
		MDB_txn *t = behind(&p, "meta", &dbi);
		MDB_val k = { 2, (char[]){ "id" } }, v;
		assert_int_equal(mdb_get(t, dbi, &k, &v), 0);
		cleanup_free uint8_t *id = malloc(v.mv_size), *was = malloc(v.mv_size);
		memcpy(was, v.mv_data, v.mv_size);
		memcpy(id, was, v.mv_size);
		id[0] = (uint8_t)(id[0] + step);
		v.mv_data = id;
		assert_int_equal(mdb_put(t, dbi, &k, &v, 0), 0);
		behind_end(t);
		struct why why = { 0 };
		assert_int_equal(map_open(&p.config, &none, &why), ERR_VERSION);
		assert_null(none);
		assert_non_null(strstr(why.text, "another version"));
		t = behind(&p, "meta", &dbi);
		v.mv_data = was;
		assert_int_equal(mdb_put(t, dbi, &k, &v, 0), 0);
		behind_end(t);
	}
	m = place_open(&p);
	has_text(m, MAP_RECORDS, "a", "1");
	assert_int_equal(map_close(m), ERR_OK);
	place_remove(&p);
}

struct tally {
	int good, bad;
};
static int tally(void *ctx, struct span key, struct span value)
{
	struct tally *t = ctx;
	(void)key;
	if (value.p)
		t->good++;
	else
		t->bad++;
	return 0;
}

static void a_damaged_value_is_damage_of_its_key_alone(void **state)
{
	(void)state;
	struct place p;
	place_make(&p, DISK);
	struct map *m = place_open(&p);
	cleanup(buf_free) struct buf out = BUF_INIT;
	static const char *const keys[] = { "a", "b", "c", "d" };
	for (size_t i = 0; i < 4; i++)
		put_text(m, MAP_RECORDS, keys[i], "value");
	assert_int_equal(map_close(m), ERR_OK);
	change_cell(&p, span_str("b"), span_str("b"));
	change_cell(&p, span_str("c"), span_str("d")); /* a good cell in another's place is no better */
	m = place_open(&p);
	assert_int_equal(map_get(m, MAP_RECORDS, span_str("b"), &out), ERR_DAMAGED);
	assert_int_equal(map_get(m, MAP_RECORDS, span_str("d"), &out), ERR_DAMAGED);
	has_text(m, MAP_RECORDS, "a", "value");
	has_text(m, MAP_RECORDS, "c", "value");
	struct tally t = { 0 };
	assert_int_equal(map_scan(m, MAP_RECORDS, SPAN(NULL, 0), SPAN(NULL, 0), tally, &t), ERR_OK);
	assert_int_equal(t.good, 2);
	assert_int_equal(t.bad, 2);
	put_text(m, MAP_RECORDS, "b", "healed");
	assert_int_equal(map_commit(m), ERR_OK);
	has_text(m, MAP_RECORDS, "b", "healed");
	assert_int_equal(map_close(m), ERR_OK);
	place_remove(&p);
}

static void values_of_many_sessions_open(void **state)
{
	(void)state;
	struct place p;
	place_make(&p, DISK);
	char key[8];
	for (int i = 0; i < 70; i++) { /* more than a slab of session keys */
		struct map *m = place_open(&p);
		snprintf(key, sizeof(key), "k%d", i);
		put_text(m, MAP_RECORDS, key, key);
		assert_int_equal(map_close(m), ERR_OK);
	}
	struct map *m = place_open(&p);
	for (int i = 69; i >= 0; i--) {
		snprintf(key, sizeof(key), "k%d", i);
		has_text(m, MAP_RECORDS, key, key);
	}
	assert_int_equal(map_close(m), ERR_OK);
	place_remove(&p);
}

int main(void)
{
	log_to(log_levels_all(LOG_ERROR), open("/dev/null", O_WRONLY | O_CLOEXEC));
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_second_open_is_busy),
		cmocka_unit_test(another_key_is_refused),
		cmocka_unit_test(a_state_of_another_version_is_refused),
		cmocka_unit_test(two_maps_live_in_one_process),
		cmocka_unit_test(a_damaged_value_is_damage_of_its_key_alone),
		cmocka_unit_test(values_of_many_sessions_open),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

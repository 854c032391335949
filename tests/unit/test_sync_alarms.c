/* SPDX-License-Identifier: MIT
 * Alarms: what is open, what is over, and that many of one kind hide none of another.
 */
#include "tests/sync_peers.h"

#include "sync/status.h"

/* What was put right is told, and is no alarm that is open. */
static void what_is_over_is_no_open_alarm(void **state)
{
	struct peers f;
	struct alarm list[SYNC_ALARMS_MAX];
	(void)state;
	peers_new(&f, 2);
	sync_alarm(f.p[1].sync, &(struct alarm_about){ .kind = ALARM_TOO_LARGE }, "too large");
	struct transient_key k = transient_key(TRANSIENT_HEAD, ID_ZERO, 1);
	alarm_transient(f.p[1].sync, &k, &(struct alarm_about){ ALARM_HEAD_MISSING, 7, ID_ZERO }, "a head is lost");
	sync_alarm(f.p[1].sync, &(struct alarm_about){ .kind = ALARM_OVER }, "stored again");
	assert_int_equal(sync_alarms(f.p[1].sync, list), 2);
	assert_int_equal(list[0].about.kind, ALARM_TOO_LARGE);
	assert_int_equal(list[1].about.kind, ALARM_HEAD_MISSING);
	assert_int_equal(list[1].about.stream, 7);
	assert_string_equal(list[1].text, "a head is lost");
	assert_true(list[0].since && list[1].since);
	assert_non_null(strstr(peer_alarm(&f.p[1]), "stored again"));
	alarm_clear(f.p[1].sync, &k);
	assert_int_equal(sync_alarms(f.p[1].sync, list), 1);
	peers_free(&f);
}

/* What a member can say over and over hides nothing. */
static void many_alarms_hide_none(void **state)
{
	struct peers f;
	struct sync_debug d;
	unsigned heads = 0, commits = 0;
	(void)state;
	peers_new(&f, 2);
	const struct alarm_about head = { .kind = ALARM_HEAD_OLD }, refused = { .kind = ALARM_COMMIT_REFUSED };
	sync_alarm(f.p[1].sync, &head, "went back in time");
	for (unsigned i = 0; i < 100; i++)
		sync_alarm(f.p[1].sync, &refused, "commit %u is refused", i);
	sync_debug(f.p[1].sync, &d);
	for (unsigned i = 0; i < d.alarms; i++) {
		heads += strstr(d.alarm[i], "went back") != NULL;
		commits += strstr(d.alarm[i], "is refused") != NULL;
	}
	assert_int_equal(heads, 1);
	assert_true(commits >= 1 && commits <= ALARMS_OF_KIND);
	assert_string_equal(peer_alarm(&f.p[1]), "commit 99 is refused (and 3 more)");
	peers_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_over_is_no_open_alarm),
		cmocka_unit_test(many_alarms_hide_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

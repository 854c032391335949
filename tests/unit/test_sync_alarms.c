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
	sync_alarm(f.p[1].sync, &(struct alarm_about){ .kind = ALARM_TOO_LARGE, .stream = 7 }, "too large");
	struct transient_key k = transient_key(TRANSIENT_HEAD, ID_ZERO, 1);
	alarm_transient(f.p[1].sync, &k, &(struct alarm_about){ ALARM_HEAD_MISSING, 7, { { 1 } }, ID_ZERO },
	                "a head is lost");
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
	const struct alarm_about head = { ALARM_HEAD_OLD, 7, { { 1 } }, ID_ZERO };
	const struct alarm_about refused = { ALARM_COMMIT_REFUSED, 7, { { 2 } }, ID_ZERO };
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

/* Who raises one is held to that (alarm_new), in whatever test it is. What nobody knows of others: which device a
 * stream is of that nothing proves, and which commit began an epoch that a checkpoint brought; of the header and of who
 * was removed, the daemon knows more (cli/daemon). */
static void each_kind_says_what_it_is_about(void **state)
{
	(void)state;
	for (int k = ALARM_OVER + 1; k < ALARM_KINDS; k++) {
		const bool none = k == ALARM_STATEMENT_MISSING || k == ALARM_HISTORY || k == ALARM_PLACE ||
		                  k == ALARM_REMOVED || k == ALARM_INCOMPLETE || k == ALARM_EPOCHS;
		assert_int_equal(alarm_says((enum alarm_kind)k) == 0, none);
	}
	assert_int_equal(alarm_says(ALARM_OVER), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_over_is_no_open_alarm),
		cmocka_unit_test(many_alarms_hide_none),
		cmocka_unit_test(each_kind_says_what_it_is_about),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

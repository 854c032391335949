/* SPDX-License-Identifier: MIT
 * When somebody is reminded of the recovery key.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "cli/vaults/disk.h"
#include "cli/vaults/recovery_noted.h"
#include "util/cleanup.h"

#include <fcntl.h>

#define ok(e) assert_int_equal(e, ERR_OK)
#define DAY INT64_C(86400)
#define NOW INT64_C(1800000000)

static const struct id slot = { { 1 } }, other = { { 2 } };

struct place {
	char dir[PATH_MAX];
	struct vault_dir v;
};

static int set_up(void **state)
{
	struct place *p = calloc(1, sizeof(*p));
	const char *tmp = getenv("TMPDIR");
	if (!p)
		return -1;
	*state = p;
	p->v = VAULT_DIR_INIT;
	snprintf(p->dir, sizeof(p->dir), "%s/cs-noted-XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(p->dir) || setenv("XDG_DATA_HOME", p->dir, 1))
		return -1;
	return vaults_make("demo", &p->v, NULL) ? -1 : 0;
}

static int tear_down(void **state)
{
	struct place *p = *state;
	vaults_close(&p->v);
	cleanup_fd int fd = open(p->dir, O_RDONLY | O_DIRECTORY);
	bool good = fd >= 0 && !disk_empty(fd, NULL, NULL) && !rmdir(p->dir);
	free(p);
	return good ? 0 : -1;
}

/* due: after the key of `slot`, made that many days ago, was checked (-1: never) and reminded of (-1) so long ago. */
static bool due(int made, int checked, int reminded)
{
	struct recovery_noted n = { .slot = checked < 0 ? ID_ZERO : slot };
	n.checked = checked < 0 ? 0 : NOW - checked * DAY;
	n.reminded = reminded < 0 ? 0 : NOW - reminded * DAY;
	return recovery_noted_due(&n, slot, NOW - made * DAY, NOW);
}

static void once_a_year_and_once_a_month(void **state)
{
	(void)state;
	assert_false(due(364, -1, -1));
	assert_true(due(365, -1, -1));
	assert_false(due(1000, 364, -1));
	assert_true(due(1000, 365, -1));
	assert_false(due(1000, 365, 29));
	assert_true(due(1000, 365, 30));
	assert_true(due(1000, 400, -1));
}

static void another_key_counts_for_itself(void **state)
{
	(void)state;
	struct recovery_noted n = { .slot = other, .checked = NOW - DAY };
	assert_true(recovery_noted_due(&n, slot, NOW - 400 * DAY, NOW));
	assert_false(recovery_noted_due(&n, slot, NOW - 300 * DAY, NOW));
}

static void a_clock_that_went_back_reminds_early(void **state)
{
	(void)state;
	struct recovery_noted n = { .slot = slot, .checked = NOW + 9 * DAY, .reminded = NOW + DAY };
	assert_true(recovery_noted_due(&n, slot, NOW - DAY, NOW));
}

static void it_is_as_it_was_written(void **state)
{
	struct place *p = *state;
	struct recovery_noted n = { .slot = slot, .checked = NOW, .reminded = NOW + 1 }, got;
	recovery_noted_read(&p->v, &got);
	assert_int_equal(got.checked, 0);
	ok(recovery_noted_write(&p->v, &n, NULL));
	recovery_noted_read(&p->v, &got);
	assert_true(id_eq(got.slot, slot));
	assert_int_equal(got.checked, n.checked);
	assert_int_equal(got.reminded, n.reminded);
	ok(recovery_noted_checked(&p->v, other, NOW + 7, NULL));
	recovery_noted_read(&p->v, &got);
	assert_true(id_eq(got.slot, other));
	assert_int_equal(got.checked, NOW + 7);
	assert_int_equal(got.reminded, n.reminded);
}

/* A replacement that is refused: the key before it is in force again, and was checked. */
static void the_key_before_stays_checked(void **state)
{
	struct place *p = *state;
	struct recovery_noted got;
	ok(recovery_noted_checked(&p->v, slot, NOW, NULL));
	ok(recovery_noted_checked(&p->v, other, NOW + 7, NULL));
	ok(recovery_noted_checked(&p->v, other, NOW + 8, NULL));
	recovery_noted_read(&p->v, &got);
	assert_int_equal(recovery_noted_of(&got, slot), NOW);
	assert_int_equal(recovery_noted_of(&got, other), NOW + 8);
	assert_int_equal(recovery_noted_of(&got, (struct id){ { 99 } }), 0);
	assert_false(recovery_noted_due(&got, slot, NOW - 400 * DAY, NOW + DAY));
	ok(recovery_noted_checked(&p->v, slot, NOW + 9, NULL));
	recovery_noted_read(&p->v, &got);
	assert_int_equal(recovery_noted_of(&got, slot), NOW + 9);
	assert_int_equal(recovery_noted_of(&got, other), NOW + 8);
}

static void what_is_damaged_says_nothing(void **state)
{
	struct place *p = *state;
	static const char *const junk[] = { "",
		                            "junk",
		                            "[]",
		                            "{\"slot\":7,\"checked\":9}",
		                            "{\"slot\":\"zz\",\"checked\":9}",
		                            "{\"slot\":\"01000000000000000000000000000000\",\"checked\":-9}" };
	struct recovery_noted got;
	for (size_t i = 0; i < ARRAY_LEN(junk); i++) {
		ok(vaults_write(&p->v, "recovery.json", span_str(junk[i]), NULL));
		recovery_noted_read(&p->v, &got);
		assert_int_equal(got.checked, 0);
		assert_int_equal(got.reminded, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(once_a_year_and_once_a_month),
		cmocka_unit_test(another_key_counts_for_itself),
		cmocka_unit_test(a_clock_that_went_back_reminds_early),
		cmocka_unit_test_setup_teardown(it_is_as_it_was_written, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_key_before_stays_checked, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_damaged_says_nothing, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT
 * Which device a person means, and a hash as digits.
 */
#include "cli/commands/device_pick.h"
#include "cli/ui/digits.h"
#include "util/cleanup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

static json_t *some(void)
{
	json_t *l = json_pack("[{s:s,s:s,s:s},{s:s,s:s,s:s},{s:s,s:s,s:s},{s:s,s:s,s:s},{s:s,s:n,s:s},{s:s,s:s,s:s}]",
	                      "id", "aa110000", "name", "desk", "state", "member", "id", "ab220000", "name", "phone",
	                      "state", "revoked", "id", "ac330000", "name", "phone", "state", "member", "id",
	                      "bd440000", "name", "pad", "state", "member", "id", "bd550000", "name", "state",
	                      "pending", "id", "ce660000", "name", "pad", "state", "member");
	assert_non_null(l);
	return l;
}

static void picked(const json_t *list, const char *text, const char *id)
{
	const json_t *d = NULL;
	assert_int_equal(device_pick(list, text, &d, NULL), ERR_OK);
	assert_string_equal(device_field(d, "id"), id);
}

static void not_picked(const json_t *list, const char *text, err_t e, const char *says)
{
	const json_t *d = NULL;
	struct why why = { 0 };
	assert_int_equal(device_pick(list, text, &d, &why), e);
	assert_null(d);
	if (!strstr(why.text, says))
		fail_msg("'%s': '%s' is not in '%s'", text, says, why.text);
}

static void a_name_or_the_beginning_of_an_id(void **state)
{
	(void)state;
	json_t *l = some();
	picked(l, "desk", "aa110000");
	picked(l, "phone", "ac330000"); /* the one that is in */
	picked(l, "ab", "ab220000");
	picked(l, "AB22", "ab220000");
	picked(l, "bd5", "bd550000");
	json_decref(l);
}

static void what_is_not_clear_is_refused(void **state)
{
	(void)state;
	json_t *l = some(), *none = json_array();
	not_picked(l, "pad", ERR_INVAL,
	           "2 devices are meant by 'pad': say which by how its id begins: bd440000, ce660000");
	not_picked(l, "bd", ERR_INVAL, "bd440000, bd550000");
	not_picked(l, "phon", ERR_NOTFOUND, "did you mean phone");
	not_picked(l, "Desk", ERR_NOTFOUND, "no device 'Desk'");
	not_picked(l, "", ERR_NOTFOUND, "no device ''");
	not_picked(l, "aa1100000", ERR_NOTFOUND, "no device");
	not_picked(l, "%s%n", ERR_NOTFOUND, "no device '%s%n'");
	not_picked(none, "desk", ERR_NOTFOUND, "no device");
	json_decref(l);
	json_decref(none);
}

static void one_without_a_name_is_called_by_its_id(void **state)
{
	(void)state;
	json_t *l = some();
	char called[80];
	device_called(json_array_get(l, 4), called);
	assert_string_equal(called, "bd550000");
	device_called(json_array_get(l, 0), called);
	assert_string_equal(called, "desk");
	json_decref(l);
}

static void a_hash_is_six_groups_of_digits(void **state)
{
	(void)state;
	struct hash h = { { 0 } };
	char text[DIGITS_TEXT];
	digits_of(h, text);
	assert_string_equal(text, "00000 00000 00000 00000 00000 00000");
	h.b[4] = 1;                /* 1 */
	h.b[8] = 1;                /* 256 */
	memset(h.b + 10, 0xff, 5); /* 2^40 - 1: 1099511627775 */
	h.b[25] = 1;               /* 2^32: 4294967296 */
	h.b[30] = h.b[31] = 0xff;  /* beyond the sixth group */
	digits_of(h, text);
	assert_string_equal(text, "00001 00256 27775 00000 00000 67296");
	assert_int_equal(strlen(text) + 1, DIGITS_TEXT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_or_the_beginning_of_an_id),
		cmocka_unit_test(what_is_not_clear_is_refused),
		cmocka_unit_test(one_without_a_name_is_called_by_its_id),
		cmocka_unit_test(a_hash_is_six_groups_of_digits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

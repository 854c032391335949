/* SPDX-License-Identifier: MIT
 * What is open is found by its inode, and is as it was when an operation is not applied.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "vault/act/handles.h"

#define INO 1000
#define BESIDE (INO + HANDLE_CHAINS) /* in the same chain */

/* Three files that are open, one of them twice: opened by an operation that was applied. */
struct open {
	struct act act;
	struct act_handle first, beside, second;
};

static int set_up(void **state)
{
	struct open *o = calloc(1, sizeof(*o));
	if (!o)
		return -1;
	o->first.ino = o->second.ino = INO;
	o->beside.ino = BESIDE;
	handles_add(&o->act, &o->first);
	handles_add(&o->act, &o->beside);
	handles_add(&o->act, &o->second);
	handles_keep(&o->act);
	*state = o;
	return 0;
}

static int tear_down(void **state)
{
	free(*state);
	return 0;
}

static void they_are_found_by_inode_the_newest_first(void **state)
{
	struct open *o = *state;
	assert_ptr_equal(handles_of(&o->act, INO), &o->second);
	assert_ptr_equal(handles_more(&o->second), &o->first);
	assert_null(handles_more(&o->first));
	assert_ptr_equal(handles_of(&o->act, BESIDE), &o->beside);
	assert_null(handles_more(&o->beside));
	assert_null(handles_of(&o->act, INO + 1));
	assert_ptr_equal(o->act.handles.all, &o->second);
	assert_ptr_equal(o->second.next, &o->beside);
}

/* operate: changes all there is to change, moves one, and opens another. */
static void operate(struct open *o, struct act_handle *more)
{
	handles_change(&o->act, &o->first);
	o->first.shown = 1;
	o->first.lid = 2;
	o->first.version.stamp.lamport = o->first.root.stamp.lamport = 3;
	o->first.time = 4;
	o->first.unlinked = o->first.outdone = true;
	handles_change(&o->act, &o->first); /* again */
	handles_move(&o->act, &o->first, INO + 1);
	more->ino = INO;
	handles_add(&o->act, more);
}

static void what_is_not_applied_is_as_before(void **state)
{
	struct open *o = *state;
	struct act_handle more = { 0 };
	operate(o, &more);
	handles_restore(&o->act);
	assert_int_equal(o->first.shown, 0);
	assert_int_equal(o->first.lid, 0);
	assert_int_equal(o->first.version.stamp.lamport, 0);
	assert_int_equal(o->first.root.stamp.lamport, 0);
	assert_int_equal(o->first.time, 0);
	assert_false(o->first.unlinked || o->first.outdone);
	assert_null(handles_of(&o->act, INO + 1));
	assert_ptr_equal(o->act.handles.all, &o->second); /* the new one is not there */
	handles_remove(&more);                            /* which does no harm */
	size_t n = 0;
	for (const struct act_handle *h = handles_of(&o->act, INO); h; h = handles_more(h))
		n++;
	assert_int_equal(n, 2);
}

static void what_is_applied_stays(void **state)
{
	struct open *o = *state;
	struct act_handle more = { 0 };
	operate(o, &more);
	handles_keep(&o->act);
	handles_restore(&o->act); /* of nothing */
	assert_int_equal(o->first.lid, 2);
	assert_true(o->first.unlinked);
	assert_ptr_equal(handles_of(&o->act, INO + 1), &o->first);
	assert_ptr_equal(handles_of(&o->act, INO), &more);
	assert_ptr_equal(o->act.handles.all, &more);
}

static void one_that_is_closed_is_restored_by_nobody(void **state)
{
	struct open *o = *state;
	handles_change(&o->act, &o->second);
	handles_change(&o->act, &o->first);
	o->first.lid = 5;
	handles_remove(&o->second);
	handles_remove(&o->second);
	memset(&o->second, 0xff, sizeof(o->second)); /* its memory is somebody else's */
	handles_restore(&o->act);
	assert_int_equal(o->first.lid, 0);
	assert_ptr_equal(o->act.handles.all, &o->beside);
	assert_ptr_equal(handles_of(&o->act, INO), &o->first);
	assert_null(o->act.handles.changed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(they_are_found_by_inode_the_newest_first, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_not_applied_is_as_before, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_applied_stays, set_up, tear_down),
		cmocka_unit_test_setup_teardown(one_that_is_closed_is_restored_by_nobody, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

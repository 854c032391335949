/* SPDX-License-Identifier: MIT
 * What the store has, and no turn of a stream or of the mailbox brings: it comes all the same, also where nobody writes
 * any more.
 */
#include "sync/core/epoch.h"
#include "sync/publish/close.h"
#include "sync/publish/publish.h"
#include "tests/sync_backup.h"

/* Of a copy: its former commits are under their hashes by then, and in their places those of the other life, which is
 * gone. Who was cut off before it pulled these finds them by the heads of others, though nobody writes any more. */
static void a_copy_that_is_cut_off_gets_what_the_other_wrote(void **state)
{
	(void)state;
	for (unsigned cut = 1; cut <= 16; cut++) {
		struct fleet f;
		struct ship *a = fleet_begin(&f), *c = &f.d[1];
		struct ship *b = copy_of(&f, a);
		ship_must(a, DEED_WRITE, "/a", "1");
		ship_must(b, DEED_WRITE, "/b", "2");
		ok(close_run(b->sync));
		ok(publish_finish(b->sync)); /* its bytes are queued before it knows of the other's */
		ship_step(a);
		ship_step(c);
		ship_cut_after(b, cut);
		err_t e = sync_step(b->sync);
		assert_true(!e || e == ERR_NET);
		ship_crash(&f, b);
		for (unsigned round = 0; round < 3; round++) {
			ship_step(b);
			ship_step(c);
		}
		assert_true(ship_has(b, "/a") && ship_has(c, "/b"));
		fleet_free(&f);
	}
}

/* place_name: of a place of the mailbox. */
static void place_name(struct fleet *f, uint64_t place, char name[OBJECT_NAME])
{
	cleanup(epoch_wipe) struct epoch epoch = { 0 };
	ok(epoch_open(f->v->keyring, 1, &epoch));
	ok(name_join(&epoch.names, place, name));
}

/* The store does not say whether a place of the mailbox is free, so the letter goes into the next one. Then it is free,
 * and who reads the mailbox in turn stops there. */
static void a_letter_is_not_left_behind_a_free_place(void **state)
{
	struct fleet f;
	struct base *before = NULL;
	char name[OBJECT_NAME];
	(void)state;
	struct ship *a = fleet_begin(&f), *b = &f.d[1];
	const uint64_t place = b->sync->st.mailbox;
	backup(a, &before);
	ship_must(a, DEED_WRITE, "/f", "1");
	fleet_settle(&f);
	restore(&f, a, before);
	place_name(&f, place, name);
	fault_set(a->store, &(struct fault_plan){ FAULT_GET, 1000, .error_code = ERR_REFUSED, .name = name });
	ship_must(a, DEED_WRITE, "/restored", "2");
	ship_step(a);
	fault_set(a->store, &(struct fault_plan){ 0 });
	ship_step(a);
	ship_step(b);
	assert_int_equal(b->sync->st.mailbox, place + 2);
	fleet_end(&f, "/f=1\n/restored=2\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_copy_that_is_cut_off_gets_what_the_other_wrote),
		cmocka_unit_test(a_letter_is_not_left_behind_a_free_place),
	};
	return cmocka_run_group_tests(tests, vault_begin, vault_end);
}

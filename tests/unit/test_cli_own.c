/* SPDX-License-Identifier: MIT
 * Who this device is, as the sealed map keeps it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "cli/vaults/own.h"
#include "util/cleanup.h"

#define ok(e) assert_int_equal(e, ERR_OK)

static const struct id vault = { { 1, 2, 3 } };

static struct map *open_map(void)
{
	static const struct key key;
	const struct map_config c = { .key = &key };
	struct map *m = NULL;
	ok(map_open(&c, &m, NULL));
	return m;
}

static void close_map(struct map **m)
{
	ok(map_close(*m));
}

static void draw(struct own *o, const char *name)
{
	ok(signer_mine_draw(vault, SIGNER_DEVICE, &o->mine));
	snprintf(o->name, sizeof(o->name), "%s", name);
}

static void it_is_who_it_was(void **state)
{
	(void)state;
	cleanup(close_map) struct map *m = open_map();
	cleanup(own_free) struct own o = { 0 }, got = { 0 };
	draw(&o, "1234567890123456789012345678901234567890123456789012345678901234");
	ok(own_store(m, &o));
	ok(own_load(m, vault, &got, NULL));
	assert_memory_equal(o.mine, got.mine, sizeof(*o.mine));
	assert_string_equal(o.name, got.name);
}

static err_t put(struct map_txn *x, void *ctx)
{
	const char *const *both = ctx;
	return map_txn_put(x, MAP_STATE, span_str(both[0]), span_str(both[1]));
}

static void what_is_missing_or_damaged_is_told(void **state)
{
	(void)state;
	static const char *const wrong[][2] = {
		{ "cli.seed", "short" }, { "cli.mix", "short" }, { "cli.name", "" }, { "cli.name", "a\nb" }
	};
	cleanup(close_map) struct map *m = open_map();
	cleanup(own_free) struct own o = { 0 }, got = { 0 };
	struct why why = { 0 };
	assert_int_equal(own_load(m, vault, &got, &why), ERR_DAMAGED);
	assert_non_null(strstr(why.text, "join again"));
	draw(&o, "desk");
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		ok(own_store(m, &o));
		ok(map_transact(m, put, (void *)(uintptr_t)wrong[i]));
		assert_int_equal(own_load(m, vault, &got, NULL), ERR_DAMAGED);
		assert_null(got.mine);
	}
	ok(own_store(m, &o));
	ok(own_load(m, vault, &got, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_who_it_was),
		cmocka_unit_test(what_is_missing_or_damaged_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

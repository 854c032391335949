/* SPDX-License-Identifier: MIT
 * What a person reads of a header of format 2.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#define ok(e) assert_int_equal(e, ERR_OK)
#include "tests/unit/header_world.h"
#include "tests/unit/print_util.h"
#include "vault/print/header.h"

static void printed(const struct hall *h, struct buf *out)
{
	cleanup(header_free) struct header made = { 0 };
	struct fields f = { &print_ops, out };
	hall_make(h, NULL, &made);
	ok(print_header(&f, &made));
	buf_u8(out, 0);
}

static void assert_named(const char *text, const char *name, const void *p, size_t n)
{
	char hex[129], part[256];
	hex_encode(p, n, hex);
	snprintf(part, sizeof(part), "%s=%s ", name, hex);
	assert_has(text, part);
}

static void test_all_of_it(void **state)
{
	(void)state;
	cleanup(hall_end) struct hall h;
	cleanup(buf_free) struct buf wrap = BUF_INIT, start = BUF_INIT, out = BUF_INIT;
	struct key root;
	hall_begin(&h, NULL);
	hall_add_slot(&h, &(struct hall_slot){ .rank = 5, .anchor = h.c.genesis_hash }, &wrap);
	struct hash id = hall_start(&h, 2, h.c.recovery, 3, &start);
	hall_record_start(&h, buf_span(&start));
	printed(&h, &out);
	const char *text = (const char *)out.p;
	assert_named(text, "hash", h.c.genesis_hash.b, HASH_LEN);
	assert_named(text, "vault", h.g.vault.b, ID_LEN);
	assert_named(text, "id", h.c.device->id.b, ID_LEN);
	assert_named(text, "slot", h.slot[0]->id.b, ID_LEN);
	assert_named(text, "id", id.b, HASH_LEN);
	assert_has(text, "is=device");
	assert_has(text, "opened_by=recovery key");
	assert_has(text, "statement=slot added");
	assert_has(text, "causes=3");
	assert_has(text, "seed=(secret)");
	assert_hides(text, wrap.p + ID_LEN + 1 + 12 + 32, 64);
	for (uint32_t i = 1; i <= 2; i++) {
		ok(hall_root(&h, i, &root));
		assert_hides(text, root.b, sizeof(root.b));
	}
}

static void test_how_much_work_a_passphrase_is(void **state)
{
	(void)state;
	const struct wrap_secret pass = { span_str("a passphrase"), { KDF_FLOOR_KIB, KDF_PASSES_MIN, 1 } };
	cleanup(hall_end) struct hall h;
	cleanup(buf_free) struct buf out = BUF_INIT;
	hall_begin(&h, &pass);
	printed(&h, &out);
	assert_has((const char *)out.p,
	           "opened_by=passphrase kdf_memory_kib=65536 kdf_passes=3 kdf_lanes=1 seed=(secret)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_of_it),
		cmocka_unit_test(test_how_much_work_a_passphrase_is),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

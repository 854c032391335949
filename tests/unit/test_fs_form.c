/* SPDX-License-Identifier: MIT
 * Forms of contents of format 2: out of a version and into one.
 */
#include "fs/core/form.h"
#include "tests/unit/fs_util.h"
#include "vault/join/version.h"

static struct keyring *ring(void)
{
	static const struct key root = { { 1 } };
	struct keyring *k = keyring_new(CIPHER_AES256GCM, (struct id){ { 2 } }, (struct hash){ { 3 } });
	assert_non_null(k);
	assert_int_equal(keyring_add(k, 1, (struct hash){ { 3 } }, &root), ERR_OK);
	return k;
}

/* comes_through: into a version, out of it, and the same again. */
static void comes_through(const struct inode *in)
{
	cleanup(keyring_freep) struct keyring *k = ring();
	cleanup(buf_free) struct buf payload = BUF_INIT, again = BUF_INIT, raw = BUF_INIT;
	struct act_contents c, d;
	assert_int_equal(form_write(k, in, &payload, &c), ERR_OK);
	struct version_rec v = { .id = { { 7, 8, 9 }, c.tag }, .contents = c.kind, .size = c.size, .payload = payload };
	struct inode out = { 0 };
	assert_int_equal(form_read(&v, &out, &raw), ERR_OK);
	assert_true(out.form == in->form && out.size == in->size && id_eq(out.version, c.tag));
	assert_true(out.written.lamport == 7 && out.written.stream == 8 && out.written.n == 9);
	assert_true(id_eq(out.block, in->block) && id_eq(out.content, in->content));
	assert_memory_equal(out.file_key, in->file_key, sizeof(out.file_key));
	assert_int_equal(span_cmp(out.inline_data, in->inline_data), 0);
	assert_int_equal(form_write(k, &out, &again, &d), ERR_OK);
	assert_true(id_eq(c.tag, d.tag) && c.kind == d.kind && c.size == d.size);
	assert_int_equal(span_cmp(c.payload, d.payload), 0);
}

static void each_form_comes_through_a_version(void **state)
{
	(void)state;
	struct inode none = { .form = CONTENTS_NONE }, few = { .form = CONTENTS_INLINE, .size = 2 };
	struct inode block = { .form = CONTENTS_BLOCK, .size = 131072, .version = { { 9 } }, .block = { { 4 } } };
	struct inode content = { .form = CONTENTS_ID, .size = VERSION_SIZE_MAX, .content = { { 5 } } };
	few.inline_data = span_str("hi");
	memset(block.file_key, 6, sizeof(block.file_key));
	memset(content.file_key, 7, sizeof(content.file_key));
	comes_through(&none);
	comes_through(&few);
	comes_through(&block);
	comes_through(&content);
}

static void what_no_version_may_be_is_refused(void **state)
{
	(void)state;
	cleanup(keyring_freep) struct keyring *k = ring();
	cleanup(buf_free) struct buf payload = BUF_INIT;
	struct act_contents c;
	struct inode bad[] = {
		{ .form = CONTENTS_NONE, .size = 1 },
		{ .form = CONTENTS_INLINE, .size = 0 },
		{ .form = CONTENTS_INLINE, .size = 3, .inline_data = span_str("hi") },
		{ .form = CONTENTS_BLOCK, .size = 131073 },
		{ .form = CONTENTS_BLOCK, .size = 0 },
		{ .form = CONTENTS_ID, .size = VERSION_SIZE_MAX + 1 },
	};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(form_write(k, &bad[i], &payload, &c), ERR_INVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_form_comes_through_a_version),
		cmocka_unit_test(what_no_version_may_be_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT
 * What debug dump makes of much, and of too little memory.
 */
#include "cache/map.h"
#include "cli/control/message.h"
#include "cli/dump/dump.h"
#include "cli/dump/json_fields.h"
#include "util/cleanup.h"
#include "vault/records/record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#define LINKS 400

/* A symlink whose target is as long as may be, of bytes that JSON escapes. */
static void put_link(struct map *m, uint64_t ino)
{
	static char target[SYMLINK_MAX];
	struct inode_rec in = { .ino = ino, .mode = S_IFLNK | 0777, .size = sizeof(target) };
	struct rkey key = key_ino(REC_INODE, ino);
	cleanup(buf_free) struct buf value = BUF_INIT;
	cleanup(batch_freep) struct batch *b = batch_new();
	assert_non_null(b);
	memset(target, 1, sizeof(target));
	memset(in.birth.b, 1, sizeof(in.birth));
	in.inline_data = SPAN(target, sizeof(target));
	inode_encode(&in, &value);
	batch_put(b, MAP_RECORDS, rkey_span(&key), buf_span(&value));
	assert_int_equal(map_apply(m, b), ERR_OK);
}

static void a_list_ends_before_the_answer_is_too_long(void **state)
{
	(void)state;
	static const struct key key;
	const struct map_config c = { .key = &key };
	struct map *m = NULL;
	json_t *j = NULL;
	assert_int_equal(map_open(&c, &m, NULL), ERR_OK);
	for (uint64_t i = 1; i <= LINKS; i++)
		put_link(m, i);
	const struct dump_source from = { .map = m };
	assert_int_equal(dump_unlocked(&from, DUMP_RECORD, "inode", &j, NULL), ERR_OK);
	cleanup_free char *text = json_dumps(j, JSON_COMPACT);
	assert_non_null(text);
	assert_true(strlen(text) < CONTROL_ANSWER_MAX);
	assert_true(json_is_true(json_object_get(j, "more")));
	assert_true(json_array_size(json_object_get(j, "records")) > 1);
	json_decref(j);
	assert_int_equal(map_close(m), ERR_OK);
}

/* Memory of jansson's: each piece a page of its own, which nobody may touch once it is freed. The n-th is refused. */
#define PIECE 4096u
static size_t left;

static void *piece(size_t n)
{
	if (n > PIECE || !left)
		return NULL;
	left--;
	void *p = mmap(NULL, PIECE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return p == MAP_FAILED ? NULL : p;
}

static void piece_free(void *p)
{
	if (p)
		assert_int_equal(mprotect(p, PIECE, PROT_NONE), 0);
}

static json_t *nested(void)
{
	struct json_fields j;
	json_fields_begin(&j);
	fields_open(&j.f, "list", FIELDS_LIST);
	fields_open(&j.f, NULL, FIELDS_OBJECT);
	fields_word(&j.f, "name", "value");
	fields_open(&j.f, "inner", FIELDS_LIST);
	for (int i = 0; i < 20; i++)
		fields_number(&j.f, NULL, 7);
	fields_close(&j.f);
	fields_close(&j.f);
	fields_open(&j.f, NULL, FIELDS_OBJECT);
	fields_close(&j.f);
	fields_close(&j.f);
	return json_fields_end(&j);
}

static void out_of_memory_at_any_place_gives_nothing(void **state)
{
	(void)state;
	json_malloc_t malloc_fn;
	json_free_t free_fn;
	json_t *j = NULL;
	json_get_alloc_funcs(&malloc_fn, &free_fn);
	json_set_alloc_funcs(piece, piece_free);
	for (size_t n = 0; !j; n++) {
		assert_true(n < 1000);
		left = n;
		j = nested();
	}
	assert_int_equal(json_array_size(json_object_get(j, "list")), 2);
	json_decref(j);
	json_set_alloc_funcs(malloc_fn, free_fn);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_ends_before_the_answer_is_too_long),
		cmocka_unit_test(out_of_memory_at_any_place_gives_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT
 * A disk that does not give its pages any more. Alone in its program: the harness sets its own SIGBUS handler before
 * each test, and the guard sets the process's only once.
 */
#include "cache_util.h"
#include "util/log.h"

#include <fcntl.h>

/* LeakSanitizer asks for this: a read that the guard ends in the middle leaves what LMDB had allocated for it. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:mdb_cursor_open\n";
}

static int count(void *ctx, struct span key, struct span value)
{
	(void)key, (void)value;
	++*(int *)ctx;
	return 0;
}

static void a_page_that_the_disk_does_not_give_is_an_error(void **state)
{
	(void)state;
	struct place p;
	place_make(&p, DISK);
	struct map *m = place_open(&p);
	cleanup(batch_freep) struct batch *b = batch_new();
	cleanup(buf_free) struct buf out = BUF_INIT;
	static const uint8_t value[1000];
	for (uint32_t i = 0; i < 2000; i++)
		batch_put(b, MAP_RECORDS, SPAN(&i, sizeof(i)), SPAN(value, sizeof(value)));
	assert_int_equal(map_apply(m, b), ERR_OK);
	assert_int_equal(map_commit(m), ERR_OK);
	char path[128];
	snprintf(path, sizeof(path), "%s/data.mdb", p.dir);
	assert_int_equal(truncate(path, 8192), 0); /* every page behind the two meta pages is a SIGBUS now */
	int seen = 0;
	for (uint32_t i = 0; i < 2000; i += 99)
		assert_int_equal(map_get(m, MAP_RECORDS, SPAN(&i, sizeof(i)), &out), ERR_IO);
	assert_int_equal(map_scan(m, MAP_RECORDS, SPAN(NULL, 0), SPAN(NULL, 0), count, &seen), ERR_IO);
	assert_int_equal(map_close(m), ERR_OK); /* there was nothing left to commit */
	place_remove(&p);
}

int main(void)
{
	log_to(log_levels_all(LOG_ERROR), open("/dev/null", O_WRONLY | O_CLOEXEC));
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_page_that_the_disk_does_not_give_is_an_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

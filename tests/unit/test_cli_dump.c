/* SPDX-License-Identifier: MIT
 * What debug dump makes of much, and of too little memory.
 */
#include "cache/map.h"
#include "cli/control/message.h"
#include "cli/dump/dump.h"
#include "cli/dump/dump_stop.h"
#include "cli/dump/json_fields.h"
#include "util/cleanup.h"
#include "vault/join/group_encode.h"
#include "vault/join/inode_head.h"
#include "fs/core/inode_rec.h"

#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "tests/unit/dump_util.h"
#include "tests/unit/join_util.h"

#define LINKS 400

/* A symlink whose target is as long as may be, of bytes that JSON escapes. */
static void put_link(struct map *m, uint64_t ino)
{
	char target[SYMLINK_MAX + 1] = "";
	struct shared_key key = shared_key_ino(SHARED_INODE, ino);
	const struct inode_head h = { .ino = ino, .type = S_IFLNK >> 12, .birth = { { 1 } } };
	cleanup(record_free) struct record r = RECORD_INIT;
	cleanup(buf_free) struct buf value = BUF_INIT;
	cleanup(batch_freep) struct batch *b = batch_new();
	assert_non_null(b);
	memset(target, 1, SYMLINK_MAX);
	cleanup(version_rec_free) struct version_rec v = version_of(ino, vid(5, 1, 9), target);
	inode_head_write(&r, &h);
	version_write(&r, &v);
	ok(record_encode(&r, &value));
	batch_put(b, MAP_RECORDS, shared_key_span(&key), buf_span(&value));
	ok(map_apply(m, b));
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

/* A server on loopback that takes a connection and says nothing. */
static int mute_server(char url[64])
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, n), 0);
	assert_int_equal(listen(fd, 8), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &n), 0);
	snprintf(url, 64, "http://127.0.0.1:%d/", ntohs(a.sin_port));
	return fd;
}

struct dumping {
	struct dump_source from;
	const char *commit;
	err_t e;
	struct why why;
};

static void *dump_it(void *arg)
{
	struct dumping *d = arg;
	json_t *j = NULL;
	d->e = dump_unlocked(&d->from, DUMP_COMMIT, d->commit, &j, &d->why);
	return NULL;
}

static void who_locks_does_not_wait_for_a_dump(void **state)
{
	(void)state;
	char url[64], stream[17], commit[20];
	pthread_t thread;
	struct keyring *keyring = vault_keys();
	struct map *m = known(stream);
	struct dump_stop stop = DUMP_STOP_INIT;
	cleanup_fd int server = mute_server(url);
	struct dumping d = { .from = { .map = m, .keyring = keyring, .store = { .url = url }, .stop = &stop },
		             .commit = commit };
	struct pollfd asked = { .fd = server, .events = POLLIN };
	snprintf(commit, sizeof(commit), "%s:1", stream);
	assert_int_equal(pthread_create(&thread, NULL, dump_it, &d), 0);
	assert_int_equal(poll(&asked, 1, 60000), 1);
	dump_stop(&stop);
	pthread_join(thread, NULL);
	assert_int_equal(d.e, ERR_CANCELED);
	assert_string_equal(d.why.text, "given up: the vault is being locked");
	d.why = (struct why){ 0 };
	dump_it(&d); /* one that begins later */
	assert_int_equal(d.e, ERR_CANCELED);
	assert_null(stop.waiting);
	keyring_freep(&keyring);
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
		cmocka_unit_test(who_locks_does_not_wait_for_a_dump),
		cmocka_unit_test(out_of_memory_at_any_place_gives_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

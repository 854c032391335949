/* SPDX-License-Identifier: MIT
 * A directory store where somebody else can write too: links, pipes, folders in the place of objects, names of others.
 */
#include "remote/backends/dir.h"
#include "remote/requests/sync_calls.h"
#include "util/cleanup.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
/* cmocka wants these first */
#include <cmocka.h>

#define NAME "ab112233445566778899aabbccddeeff"
#define PLACED "place/" NAME

struct world {
	char root[120]; /* with "place", the store, and "outside", a folder that is none of its business */
	struct store *s;
};

/* at: of a path below the root; the last four stay. */
static const char *at(const struct world *w, const char *path)
{
	static char text[4][300];
	static unsigned turn;
	char *p = text[turn++ % 4];
	snprintf(p, sizeof(text[0]), "%s/%s", w->root, path);
	return p;
}

static void write_file(const struct world *w, const char *path, const char *text)
{
	cleanup_fd int fd = open(at(w, path), O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
}

static void is_file(const struct world *w, const char *path, const char *text)
{
	char got[100] = "";
	cleanup_fd int fd = open(at(w, path), O_RDONLY | O_NOFOLLOW);
	assert_true(fd >= 0 && read(fd, got, sizeof(got) - 1) >= 0);
	assert_string_equal(got, text);
}

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	const char *tmp = getenv("TMPDIR");
	*state = w;
	snprintf(w->root, sizeof(w->root), "%.80s/cs-dir-XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(w->root) || mkdir(at(w, "place"), 0700) || mkdir(at(w, "outside"), 0700))
		return -1;
	write_file(w, "outside/" NAME, "outside");
	return store_dir_open(at(w, "place"), &w->s, NULL) ? -1 : 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;
	char command[200];
	store_close(w->s);
	snprintf(command, sizeof(command), "rm -rf '%s'", w->root);
	int rc = system(command);
	free(w);
	return rc;
}

static enum store_list_next count(void *ctx, const char *name, uint64_t size)
{
	(void)name, (void)size;
	++*(unsigned *)ctx;
	return STORE_LIST_NEXT;
}

static unsigned listed(const struct world *w)
{
	unsigned n = 0;
	assert_int_equal(w->s->ops->list(w->s, count, &n), ERR_OK);
	return n;
}

static err_t get(const struct world *w, const char *name)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	return store_get_sync(w->s, name, 0, 0, 0, &b);
}

static void a_folder_that_is_a_link_leads_nowhere(void **state)
{
	struct world *w = *state;
	assert_int_equal(symlink("../outside", at(w, "place/ab")), 0);
	assert_int_equal(get(w, NAME), ERR_DAMAGED);
	assert_int_equal(listed(w), 0);
	assert_int_equal(store_put_sync(w->s, NAME, SPAN("new", 3)), ERR_IO);
	assert_int_equal(store_del_sync(w->s, NAME), ERR_OK);
	is_file(w, "outside/" NAME, "outside");
}

static void an_object_that_is_a_link_is_none(void **state)
{
	struct world *w = *state;
	static const char *const names[] = { NAME, STORE_HEADER };
	assert_int_equal(mkdir(at(w, "place/ab"), 0700), 0);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		char path[80];
		snprintf(path, sizeof(path), "place/%s%s", i ? "" : "ab/", names[i]);
		assert_int_equal(symlink(at(w, "outside/" NAME), at(w, path)), 0);
		assert_int_equal(get(w, names[i]), ERR_DAMAGED);
		assert_int_equal(listed(w), 0);
		assert_int_equal(store_put_sync(w->s, names[i], SPAN("new", 3)), ERR_OK);
		is_file(w, path, "new");
		is_file(w, "outside/" NAME, "outside");
		assert_int_equal(store_del_sync(w->s, names[i]), ERR_OK);
		assert_int_equal(symlink(at(w, "outside/" NAME), at(w, path)), 0);
		assert_int_equal(store_del_sync(w->s, names[i]), ERR_OK);
		is_file(w, "outside/" NAME, "outside");
		assert_int_not_equal(access(at(w, path), F_OK), 0);
	}
}

static void put_socket(const struct world *w, const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	cleanup_fd int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	snprintf(a.sun_path, sizeof(a.sun_path), "%s", at(w, path));
	assert_int_equal(bind(fd, (const struct sockaddr *)&a, sizeof(a)), 0);
}

/* At once: a pipe that nobody writes to would hold a thread for ever. */
static void what_is_no_file_is_no_object(void **state)
{
	struct world *w = *state;
	static const char path[] = "place/ab/" NAME;
	assert_int_equal(mkdir(at(w, "place/ab"), 0700), 0);
	for (int kind = 0; kind < 3; kind++) {
		if (kind == 0)
			assert_int_equal(mkfifo(at(w, path), 0600), 0);
		else if (kind == 1)
			assert_int_equal(mkdir(at(w, path), 0700), 0);
		else
			put_socket(w, path);
		assert_int_equal(get(w, NAME), ERR_DAMAGED);
		assert_int_equal(listed(w), 0);
		assert_int_equal(store_del_sync(w->s, NAME), ERR_OK);
		assert_true(kind == 1 ? !rmdir(at(w, path)) : access(at(w, path), F_OK) != 0);
	}
	write_file(w, "place/cd", "a file where a folder would be");
	assert_int_equal(get(w, "cd112233445566778899aabbccddeeff"), ERR_DAMAGED);
	assert_int_equal(store_del_sync(w->s, "cd112233445566778899aabbccddeeff"), ERR_OK);
	assert_int_equal(listed(w), 0);
}

/* Others' names are neither listed nor tidied away; a link in a temporary file's name is not either. */
static void names_of_others_stay(void **state)
{
	struct world *w = *state;
	static const char *const paths[] = { "place/README", "place/ab/README",
		                             "place/ab/cd112233445566778899aabbccddeeff", "place/AB", PLACED };
	const struct timespec old[2] = { { .tv_sec = 1000 }, { .tv_sec = 1000 } };
	assert_int_equal(mkdir(at(w, "place/ab"), 0700), 0);
	for (size_t i = 0; i < ARRAY_LEN(paths); i++)
		write_file(w, paths[i], "theirs");
	assert_int_equal(symlink("../../outside/" NAME, at(w, "place/ab/.cloudseal-1")), 0);
	write_file(w, "place/ab/.cloudseal-2", "left by a crash");
	assert_int_equal(utimensat(AT_FDCWD, at(w, "place/ab/.cloudseal-1"), old, AT_SYMLINK_NOFOLLOW), 0);
	assert_int_equal(utimensat(AT_FDCWD, at(w, "place/ab/.cloudseal-2"), old, 0), 0);
	assert_int_equal(utimensat(AT_FDCWD, at(w, "outside/" NAME), old, 0), 0);
	assert_int_equal(listed(w), 0);
	for (size_t i = 0; i < ARRAY_LEN(paths); i++)
		is_file(w, paths[i], "theirs");
	is_file(w, "outside/" NAME, "outside");
	assert_int_not_equal(access(at(w, "place/ab/.cloudseal-2"), F_OK), 0);
}

/* A disk that was taken away leaves an empty folder. Whoever asks for the header there knows what he does. */
static void nothing_is_written_where_another_folder_is_by_now(void **state)
{
	struct world *w = *state;
	assert_int_equal(store_put_sync(w->s, STORE_HEADER, SPAN("header", 6)), ERR_OK);
	assert_int_equal(get(w, STORE_HEADER), ERR_OK);
	assert_int_equal(store_put_sync(w->s, NAME, SPAN("old", 3)), ERR_OK);
	assert_int_equal(rename(at(w, "place"), at(w, "away")), 0);
	assert_int_equal(mkdir(at(w, "place"), 0700), 0);
	assert_int_equal(store_put_sync(w->s, NAME, SPAN("new", 3)), ERR_NOSTORE);
	assert_int_equal(store_del_sync(w->s, NAME), ERR_NOSTORE);
	assert_int_equal(listed(w), 0);
	assert_int_equal(rename(at(w, "place"), at(w, "other")), 0);
	assert_int_equal(rename(at(w, "away"), at(w, "place")), 0);
	assert_int_equal(store_put_sync(w->s, NAME, SPAN("new", 3)), ERR_OK);
	assert_int_equal(rename(at(w, "place"), at(w, "away")), 0);
	assert_int_equal(rename(at(w, "other"), at(w, "place")), 0);
	assert_int_equal(get(w, STORE_HEADER), ERR_NOTFOUND);
	assert_int_equal(store_put_sync(w->s, NAME, SPAN("new", 3)), ERR_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_folder_that_is_a_link_leads_nowhere, set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_object_that_is_a_link_is_none, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_no_file_is_no_object, set_up, tear_down),
		cmocka_unit_test_setup_teardown(names_of_others_stay, set_up, tear_down),
		cmocka_unit_test_setup_teardown(nothing_is_written_where_another_folder_is_by_now, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

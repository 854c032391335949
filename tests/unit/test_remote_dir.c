/* SPDX-License-Identifier: MIT
 * A directory store where somebody else can write too: links, pipes, folders in the place of objects, names of others.
 */
#include "remote/backends/dir.h"
#include "remote/requests/sync_calls.h"
#include "util/cleanup.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
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
/* -- a folder that does not let us -------------------------------------------------------------------------------- */

struct asked {
	pthread_mutex_t lock;
	pthread_cond_t cond;
	bool done;
	err_t e;
};

static void on_done(void *ctx, err_t e, struct buf *body)
{
	struct asked *a = ctx;
	(void)body;
	guard(&a->lock);
	a->e = e;
	a->done = true;
	pthread_cond_signal(&a->cond);
}

/* refused: PUT or GET of that object is, in these words. */
static void refused(struct store *s, bool puts, const char *words, const char *next)
{
	struct asked a = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false, ERR_OK };
	struct store_answer said = { "" };
	struct store_request r = { .name = NAME, .body = SPAN("new", 3), .done = on_done, .ctx = &a, .answer = &said };
	(puts ? s->ops->put : s->ops->get)(s, &r);
	pthread_mutex_lock(&a.lock);
	while (!a.done)
		pthread_cond_wait(&a.cond, &a.lock);
	pthread_mutex_unlock(&a.lock);
	assert_int_equal(a.e, ERR_REFUSED);
	if (!strstr(said.text, words) || !strstr(said.text, next))
		fail_msg("no '%s' and '%s' in: %s", words, next, said.text);
}

static void rights_that_lack_are_named(void **state)
{
	struct world *w = *state;
	if (geteuid()) {
		print_message("needs to be root, to be somebody else\n");
		skip();
	}
	assert_int_equal(chmod(w->root, 0755), 0);
	assert_int_equal(store_put_sync(w->s, NAME, SPAN("old", 3)), ERR_OK);
	assert_int_equal(chmod(at(w, "place"), 0755), 0);
	assert_int_equal(seteuid(65534), 0); /* the store's threads, too */
	refused(w->s, true, "Permission denied", "give this user the right");
	refused(w->s, false, "Permission denied", "give this user the right");
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(chmod(at(w, "place"), 0700), 0);
	assert_int_equal(get(w, NAME), ERR_OK);
}

static void a_disk_that_may_only_be_read_is_named(void **state)
{
	struct world *w = *state;
	struct store *s;
	struct why why = { "" };
	assert_int_equal(store_put_sync(w->s, NAME, SPAN("old", 3)), ERR_OK);
	const char *place = at(w, "place");
	bool may = !unshare(CLONE_NEWNS) && !mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) &&
	           !mount(place, place, NULL, MS_BIND, NULL) &&
	           !mount(NULL, place, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL);
	if (!may) {
		print_message("may not mount\n");
		skip();
	}
	assert_int_equal(store_dir_open(place, &s, NULL), ERR_OK); /* whose threads see it */
	refused(s, true, "Read-only file system", "mount its disk writable");
	assert_int_equal(s->ops->check(s, false, &why), ERR_REFUSED);
	assert_non_null(strstr(why.text, "Read-only file system"));
	struct buf got = BUF_INIT;
	assert_int_equal(store_get_sync(s, NAME, 0, 0, 0, &got), ERR_OK); /* and is read */
	buf_free(&got);
	store_close(s);
	assert_int_equal(umount2(place, MNT_DETACH), 0);
}

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
		cmocka_unit_test_setup_teardown(rights_that_lack_are_named, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_disk_that_may_only_be_read_is_named, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
#include "cli/secrets/askpass.h"
#include "cli/secrets/secret_input.h"
#include "cli/secrets/terminal.h"
#include "util/buf.h"
#include "util/cleanup.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
/* cmocka wants the four above first */
#include <cmocka.h>

/* A program in a directory of its own. */
struct script {
	char dir[64], path[96];
};

static void script_make(struct script *s, const char *text)
{
	snprintf(s->dir, sizeof(s->dir), "/tmp/cs-secret-XXXXXX");
	assert_non_null(mkdtemp(s->dir));
	snprintf(s->path, sizeof(s->path), "%s/program", s->dir);
	int fd = open(s->path, O_WRONLY | O_CREAT | O_CLOEXEC, 0700);
	assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	assert_int_equal(close(fd), 0);
}

static void script_remove(struct script *s)
{
	unlink(s->path);
	rmdir(s->dir);
}

static void two_secrets_come_from_one_descriptor(void **state)
{
	(void)state;
	cleanup(secret_text_free) struct secret_text a = { 0 }, b = { 0 };
	int p[2];
	assert_int_equal(pipe(p), 0);
	assert_int_equal(write(p[1], "first\r\nsecond", 13), 13);
	close(p[1]);
	assert_int_equal(secret_text_read(p[0], "x", &a, NULL), ERR_OK);
	assert_int_equal(secret_text_read(p[0], "x", &b, NULL), ERR_OK);
	close(p[0]);
	assert_string_equal(a.p, "first");
	assert_int_equal(a.len, 5);
	assert_string_equal(b.p, "second");
}

static void empty_long_and_binary_secrets_are_refused(void **state)
{
	(void)state;
	static char large[SECRET_MAX + 2];
	memset(large, 'x', sizeof(large));
	const struct span bad[] = { SPAN("", 0), SPAN("\n", 1), SPAN("\r\n", 2), SPAN("a\0b", 3),
		                    SPAN(large, sizeof(large)) };
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct secret_text s = { 0 };
		struct why why = { 0 };
		int p[2];
		assert_int_equal(pipe(p), 0);
		assert_int_equal(write(p[1], bad[i].p, bad[i].len), bad[i].len);
		close(p[1]);
		assert_int_equal(secret_text_read(p[0], "x", &s, &why), ERR_INVAL);
		assert_null(s.p);
		assert_true(why.text[0]);
		close(p[0]);
	}
}

struct typist {
	int master;
	const char *types;
	bool echo_was_off;
	char shown[256];
};

static void *type_it(void *arg)
{
	struct typist *t = arg;
	struct termios now;
	size_t n = 0;
	/* the prompt shows that the terminal is set up */
	while (!strstr(t->shown, "Passphrase: ") && n + 1 < sizeof(t->shown)) {
		ssize_t got = read(t->master, t->shown + n, sizeof(t->shown) - 1 - n);
		if (got <= 0)
			return NULL;
		n += (size_t)got;
	}
	t->echo_was_off = !tcgetattr(t->master, &now) && !(now.c_lflag & ECHO);
	ssize_t put = write(t->master, t->types, strlen(t->types));
	(void)put;
	return NULL;
}

static void terminal_does_not_echo_and_is_put_back(void **state)
{
	(void)state;
	cleanup(secret_text_free) struct secret_text s = { 0 };
	cleanup_fd int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(master >= 0 && !grantpt(master) && !unlockpt(master));
	cleanup_fd int slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(slave >= 0);
	struct termios before, after;
	struct typist t = { .master = master, .types = "open sesame\n" };
	pthread_t thread;
	assert_int_equal(tcgetattr(slave, &before), 0);
	assert_int_equal(pthread_create(&thread, NULL, type_it, &t), 0);
	assert_int_equal(terminal_ask(&(struct terminal_question){ slave, "Passphrase: ", false }, &s, NULL), ERR_OK);
	pthread_join(thread, NULL);
	assert_string_equal(s.p, "open sesame");
	assert_true(t.echo_was_off);
	assert_null(strstr(t.shown, "sesame"));
	assert_int_equal(tcgetattr(slave, &after), 0);
	assert_int_equal(before.c_lflag, after.c_lflag);
	assert_true(after.c_lflag & ECHO);
}

static void a_pipe_is_not_a_terminal(void **state)
{
	(void)state;
	struct secret_text s = { 0 };
	int p[2];
	assert_int_equal(pipe(p), 0);
	assert_int_equal(terminal_ask(&(struct terminal_question){ p[0], "x", false }, &s, NULL), ERR_INVAL);
	close(p[0]);
	close(p[1]);
}

static void askpass_program_answers_and_gives_up(void **state)
{
	(void)state;
	struct script p;
	cleanup(secret_text_free) struct secret_text s = { 0 }, none = { 0 };
	script_make(&p, "#!/bin/sh\n[ \"$1\" = 'Who?' ] && echo pass word\n");
	assert_int_equal(askpass_program(p.path, "Who?", &s, NULL), ERR_OK);
	assert_string_equal(s.p, "pass word");
	assert_int_equal(askpass_program(p.path, "Other", &none, NULL), ERR_CANCELED);
	script_remove(&p);
	assert_int_equal(askpass_program("/nonexistent/askpass", "x", &none, NULL), ERR_INVAL);
}

static void pinentry_is_spoken(void **state)
{
	(void)state;
	struct script p;
	cleanup(secret_text_free) struct secret_text s = { 0 };
	script_make(&p, "#!/bin/sh\necho OK hello\nwhile read -r c rest; do case $c in\n"
	                "GETPIN) printf 'S status\\nD 100%%25 my%%0Asecret\\nOK\\n';;\n*) echo OK;; esac; done\n");
	assert_int_equal(askpass_pinentry(p.path, &(struct pinentry_ask){ "Passphrase of demo", 0 }, &s, NULL), ERR_OK);
	assert_string_equal(s.p, "100% my\nsecret");
	script_remove(&p);
}

static void pinentry_is_told_what_it_is_about(void **state)
{
	(void)state;
	struct script p;
	cleanup(secret_text_free) struct secret_text s = { 0 };
	/* answers with all that it was told; refuses what older ones do not know */
	script_make(&p, "#!/bin/sh\necho OK hello\nall=\nwhile read -r c rest; do case $c in\n"
	                "GETPIN) printf 'D %s\\nOK\\n' \"$all\";;\n"
	                "OPTION|SETKEYINFO) all=\"$all[$c $rest]\"; echo ERR 174 unknown;;\n"
	                "*) all=\"$all[$c $rest]\"; echo OK;; esac; done\n");
	const struct pinentry_ask ask = { "Passphrase of 50%\ndemo", "demo", "Unlock", "wrong passphrase" };
	assert_int_equal(askpass_pinentry(p.path, &ask, &s, NULL), ERR_OK);
	assert_string_equal(s.p, "[OPTION allow-external-password-cache][SETKEYINFO u/cloudseal-demo]"
	                         "[SETTITLE cloudseal: demo][SETDESC Passphrase of 50%\ndemo][SETPROMPT Secret:]"
	                         "[SETOK Unlock][SETERROR wrong passphrase]");
	script_remove(&p);
	assert_int_equal(askpass_pinentry("/nonexistent/pinentry", &ask, &s, NULL), ERR_NOTFOUND);
}

static void a_desktop_without_pinentry_says_what_to_do(void **state)
{
	(void)state;
	cleanup(secret_text_free) struct secret_text s = { 0 };
	struct why why = { 0 };
	cleanup_free char *path = strdup(getenv("PATH"));
	assert_int_equal(setenv("PATH", "/nonexistent", 1), 0);
	err_t e = askpass_desktop(&(struct pinentry_ask){ "x", 0 }, &s, &why);
	assert_int_equal(setenv("PATH", path, 1), 0);
	assert_int_equal(e, ERR_INVAL);
	assert_non_null(strstr(why.text, "--passfile"));
}

static void pinentry_canceled_is_said_so(void **state)
{
	(void)state;
	struct script p;
	struct secret_text s = { 0 };
	struct why why = { 0 };
	script_make(&p, "#!/bin/sh\necho OK\nwhile read -r c rest; do case $c in\n"
	                "GETPIN) echo ERR 83886179 canceled;;\n*) echo OK;; esac; done\n");
	assert_int_equal(askpass_pinentry(p.path, &(struct pinentry_ask){ "x", 0 }, &s, &why), ERR_CANCELED);
	assert_null(s.p);
	script_remove(&p);
}

static void descriptor_wins_over_file(void **state)
{
	(void)state;
	cleanup(secret_text_free) struct secret_text s = { 0 };
	int p[2];
	bool asked = true;
	assert_int_equal(pipe(p), 0);
	assert_int_equal(write(p[1], "x\n", 2), 2);
	struct secret_from from = { .fd = p[0], .file = "/nonexistent" };
	assert_int_equal(secret_input_get(&from, "?", &s, &asked, NULL), ERR_OK);
	assert_false(asked);
	assert_string_equal(s.p, "x");
	from.fd = -1;
	assert_int_equal(secret_input_get(&from, "?", &s, &asked, NULL), ERR_INVAL);
	close(p[0]);
	close(p[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_secrets_come_from_one_descriptor),
		cmocka_unit_test(empty_long_and_binary_secrets_are_refused),
		cmocka_unit_test(terminal_does_not_echo_and_is_put_back),
		cmocka_unit_test(a_pipe_is_not_a_terminal),
		cmocka_unit_test(askpass_program_answers_and_gives_up),
		cmocka_unit_test(pinentry_is_spoken),
		cmocka_unit_test(pinentry_is_told_what_it_is_about),
		cmocka_unit_test(pinentry_canceled_is_said_so),
		cmocka_unit_test(a_desktop_without_pinentry_says_what_to_do),
		cmocka_unit_test(descriptor_wins_over_file),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

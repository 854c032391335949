/* SPDX-License-Identifier: MIT */
#include "cli/secrets/askpass.h"
#include "cli/secrets/secret_input.h"
#include "cli/secrets/terminal.h"
#include "util/buf.h"
#include "util/cleanup.h"
#include "util/process.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
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

/* a_terminal: both ends of one, and what its settings are. */
struct a_terminal {
	int master, slave;
	struct termios before;
};

static void terminal_make(struct a_terminal *t)
{
	t->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(t->master >= 0 && !grantpt(t->master) && !unlockpt(t->master));
	t->slave = open(ptsname(t->master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(t->slave >= 0 && !tcgetattr(t->slave, &t->before));
}

static void terminal_end(struct a_terminal *t)
{
	struct termios after;
	assert_int_equal(tcgetattr(t->slave, &after), 0);
	assert_int_equal(t->before.c_lflag, after.c_lflag);
	close(t->slave);
	close(t->master);
}

/* readable: something comes there within 200 ms. */
static bool readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	return poll(&p, 1, 200) == 1;
}

/* Who types again while a key is derived. */
static void what_is_typed_while_it_is_quiet_is_neither_shown_nor_kept(void **state)
{
	(void)state;
	struct a_terminal t;
	terminal_make(&t);
	assert_int_equal(process_quiet(t.slave), ERR_OK);
	assert_int_equal(process_quiet(t.slave), ERR_OK);
	assert_int_equal(write(t.master, "sesame\n", 7), 7);
	assert_false(readable(t.master));
	assert_true(readable(t.slave));
	process_loud();
	process_loud();
	assert_false(readable(t.slave));
	assert_int_equal(write(t.master, "seen\n", 5), 5);
	assert_true(readable(t.master));
	terminal_end(&t);
}

/* A question between: the terminal stays quiet behind it. */
static void a_quiet_terminal_stays_so_behind_a_question(void **state)
{
	(void)state;
	struct a_terminal t;
	cleanup(secret_text_free) struct secret_text s = { 0 };
	struct typist types = { .types = "open sesame\n" };
	struct termios now;
	pthread_t thread;
	terminal_make(&t);
	types.master = t.master;
	assert_int_equal(process_quiet(t.slave), ERR_OK);
	assert_int_equal(pthread_create(&thread, NULL, type_it, &types), 0);
	assert_int_equal(terminal_ask(&(struct terminal_question){ t.slave, "Passphrase: ", false }, &s, NULL), ERR_OK);
	pthread_join(thread, NULL);
	assert_string_equal(s.p, "open sesame");
	assert_true(!tcgetattr(t.slave, &now) && !(now.c_lflag & ECHO));
	process_loud();
	terminal_end(&t);
}

static void a_signal_puts_the_terminal_back(void **state)
{
	(void)state;
	static const int ends[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		struct a_terminal t;
		int p[2], status;
		char c;
		terminal_make(&t);
		assert_int_equal(pipe(p), 0);
		pid_t pid = fork();
		if (!pid) {
			const struct rlimit none = { 0, 0 };
			bool good = !setrlimit(RLIMIT_CORE, &none) && signal(ends[i], SIG_DFL) != SIG_ERR &&
			            !process_quiet(t.slave) && write(p[1], "q", 1) == 1;
			while (good && pause() == -1) /* until it ends by the signal */
				continue;
			_exit(1);
		}
		assert_int_equal(read(p[0], &c, 1), 1);
		assert_int_equal(kill(pid, ends[i]), 0);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == ends[i]);
		terminal_end(&t);
		close(p[0]);
		close(p[1]);
	}
}

static void a_pipe_is_not_a_terminal(void **state)
{
	(void)state;
	struct secret_text s = { 0 };
	int p[2];
	assert_int_equal(pipe(p), 0);
	assert_int_equal(terminal_ask(&(struct terminal_question){ p[0], "x", false }, &s, NULL), ERR_INVAL);
	assert_int_equal(process_quiet(p[0]), ERR_IO);
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

static void a_file_that_all_can_read_is_refused(void **state)
{
	(void)state;
	static const mode_t modes[] = { 0600, 0640, 0660, 0644, 0604, 0602 };
	struct script p;
	script_make(&p, "open sesame\n");
	for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
		cleanup(secret_text_free) struct secret_text s = { 0 };
		struct why why = { 0 };
		assert_int_equal(chmod(p.path, modes[i]), 0);
		assert_int_equal(secret_text_read_file(p.path, &s, &why), i < 3 ? ERR_OK : ERR_INVAL);
		assert_true(i < 3 || strstr(why.text, "chmod 600"));
	}
	script_remove(&p);
}

/* Whatever is open here: standard input, output and errors, and else nothing. */
static void programs_get_no_descriptor(void **state)
{
	(void)state;
	struct script p;
	cleanup(secret_text_free) struct secret_text s = { 0 };
	cleanup_fd int fd = open("/dev/null", O_RDWR), high = fcntl(fd, F_DUPFD, 77);
	assert_true(fd > 2 && high >= 77);
	script_make(
	        &p,
	        "#!/bin/sh\nls -l /proc/self/fd | awk '$10 == \"->\" && $11 !~ \"^/proc/\" { printf \"%s \", $9 }'\n");
	assert_int_equal(askpass_program(p.path, "x", &s, NULL), ERR_OK);
	assert_string_equal(s.p, "0 1 2 ");
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
		cmocka_unit_test(what_is_typed_while_it_is_quiet_is_neither_shown_nor_kept),
		cmocka_unit_test(a_quiet_terminal_stays_so_behind_a_question),
		cmocka_unit_test(a_signal_puts_the_terminal_back),
		cmocka_unit_test(a_pipe_is_not_a_terminal),
		cmocka_unit_test(askpass_program_answers_and_gives_up),
		cmocka_unit_test(pinentry_is_spoken),
		cmocka_unit_test(pinentry_is_told_what_it_is_about),
		cmocka_unit_test(pinentry_canceled_is_said_so),
		cmocka_unit_test(a_desktop_without_pinentry_says_what_to_do),
		cmocka_unit_test(a_file_that_all_can_read_is_refused),
		cmocka_unit_test(programs_get_no_descriptor),
		cmocka_unit_test(descriptor_wins_over_file),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

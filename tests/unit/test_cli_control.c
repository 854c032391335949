/* SPDX-License-Identifier: MIT */
#include "cli/control/client.h"
#include "cli/control/line.h"
#include "cli/control/server.h"
#include "cli/ui/exit.h"
#include "tests/sanitized.h"
#include "util/cleanup.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
/* cmocka wants the four above first */
#include <cmocka.h>

static void requests_are_parsed(void **state)
{
	(void)state;
	struct control_request r;
	assert_int_equal(control_parse(span_str("{\"op\":\"status\"}"), &r, NULL), ERR_OK);
	assert_int_equal(r.kind, CONTROL_STATUS);
	assert_int_equal(control_parse(span_str("{\"op\":\"sync\",\"timeout\":30}"), &r, NULL), ERR_OK);
	assert_int_equal(r.kind, CONTROL_SYNC);
	assert_int_equal(r.timeout, 30);
	assert_int_equal(control_parse(span_str("{\"op\":\"pin\",\"ino\":\"18446744073709551615\"}"), &r, NULL),
	                 ERR_OK);
	assert_int_equal(r.kind, CONTROL_PIN);
	assert_true(r.ino == UINT64_MAX);
	assert_int_equal(control_parse(span_str("{\"op\":\"lock\",\"lazy\":true}"), &r, NULL), ERR_OK);
	assert_true(r.lazy);
	assert_false(r.no_wait);
	assert_int_equal(control_parse(span_str("{\"op\":\"lock\",\"no_wait\":true,\"timeout\":5}"), &r, NULL), ERR_OK);
	assert_true(r.no_wait && r.timeout == 5 && !r.lazy);
	assert_int_equal(control_parse(span_str("{\"op\":\"ending\",\"now\":true}"), &r, NULL), ERR_OK);
	assert_true(r.kind == CONTROL_ENDING && r.now);
	assert_int_equal(control_parse(span_str("{\"op\":\"config\",\"key\":\"k\",\"value\":\"v\"}"), &r, NULL),
	                 ERR_OK);
	assert_string_equal(r.key, "k");
	assert_string_equal(r.value, "v");
	assert_true(r.has_value);
}

#define A16 "aaaaaaaaaaaaaaaa"
static void hostile_requests_are_refused(void **state)
{
	(void)state;
	static char huge[CONTROL_REQUEST_MAX + 2];
	static const char *const bad[] = {
		"{\"op\":\"pin\",\"ino\":\"-1\"}",
		"{\"op\":\"pin\",\"ino\":\"\"}",
		"{\"op\":\"pin\",\"ino\":7}",
		"{\"op\":\"pin\",\"ino\":\"18446744073709551616\"}",
		"",
		"x",
		"[]",
		"{}",
		"{\"op\":\"reboot\"}",
		"{\"op\":7}",
		"{\"op\":\"status\"",
		"{\"op\":\"sync\",\"timeout\":-1}",
		"{\"op\":\"sync\",\"timeout\":99999999999}",
		"{\"op\":\"config\",\"key\":7}",
		("{\"op\":\"config\",\"key\":\"" A16 A16 A16 A16 "\"}"),
		"{\"op\":\"status\",\"op\":\"lock\"}",
		"{\"op\":\"config\",\"value\":\"a\\u0000b\"}",
	};
	struct control_request r;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct why why = { 0 };
		assert_int_equal(control_parse(span_str(bad[i]), &r, &why), ERR_INVAL);
		assert_int_equal(strncmp(why.text, "bad request", 11), 0);
	}
	memset(huge, '[', sizeof(huge));
	assert_int_equal(control_parse(SPAN(huge, sizeof(huge)), &r, NULL), ERR_INVAL);
	assert_int_equal(control_parse(SPAN(huge, CONTROL_REQUEST_MAX), &r, NULL), ERR_INVAL); /* nesting */
	assert_int_equal(control_parse(SPAN(NULL, 0), &r, NULL), ERR_INVAL);
}

/* What an answer has that must not stay behind. Turned over, so that this is no copy of it. */
#define CODE_LEN 41
static char turned[CODE_LEN + 1] = "54321-67890-ABCDE-FGHJK-MNPQR-STVWX-YZ012";

static void code_of(char ret[CODE_LEN + 1])
{
	for (size_t i = 0; i < CODE_LEN; i++)
		ret[i] = turned[CODE_LEN - 1 - i];
	ret[CODE_LEN] = 0;
}

static bool is_code(const char *p)
{
	for (size_t i = 0; i < CODE_LEN; i++)
		if (p[i] != turned[CODE_LEN - 1 - i])
			return false;
	return true;
}

struct server {
	char dir[64];
	int fd;
	struct control *control;
};

static json_t *handle(void *ctx, const struct control_request *r, struct control_peer *peer)
{
	(void)ctx;
	if (r->kind == CONTROL_SYNC)
		for (int i = 1; i <= 3; i++)
			control_send(peer, json_pack("{s:{s:i}}", "progress", "done", i));
	if (r->kind == CONTROL_INVITE) {
		char code[CODE_LEN + 1];
		code_of(code);
		json_t *answer = json_pack("{s:b,s:s}", "ok", 1, "code", code);
		explicit_bzero(code, sizeof(code));
		return answer;
	}
	if (r->kind == CONTROL_LOCK) {
		struct why why = { 0 };
		return control_answer_error(why_set(&why, ERR_STOREFULL, "no room"), &why);
	}
	return control_answer_ok();
}

static int set_up(void **state)
{
	struct server *s = calloc(1, sizeof(*s));
	if (!s)
		return -1;
	snprintf(s->dir, sizeof(s->dir), "/tmp/cs-control-XXXXXX");
	if (!mkdtemp(s->dir))
		return -1;
	s->fd = open(s->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct control_config c = { s->fd, handle, s };
	*state = s;
	return control_start(&c, &s->control, NULL) ? -1 : 0;
}

static int tear_down(void **state)
{
	struct server *s = *state;
	control_stop(s->control);
	close(s->fd);
	int r = rmdir(s->dir); /* and so: the socket is gone */
	free(s);
	return r;
}

static void sum_up(void *ctx, json_t *progress)
{
	*(json_int_t *)ctx += json_integer_value(json_object_get(progress, "done"));
}

static void progress_comes_before_the_answer(void **state)
{
	struct server *s = *state;
	json_int_t sum = 0;
	const struct control_watch watch = { sum_up, &sum };
	struct control_reply reply;
	assert_int_equal(control_call(s->fd, json_pack("{s:s}", "op", "sync"), &watch, &reply), ERR_OK);
	assert_int_equal(sum, 6);
	control_reply_free(&reply);
	assert_int_equal(control_peer_pid(s->fd), getpid());
}

static void a_failure_brings_its_code_and_sentence(void **state)
{
	struct server *s = *state;
	struct control_reply reply;
	assert_int_equal(control_call(s->fd, json_pack("{s:s}", "op", "lock"), NULL, &reply), ERR_STOREFULL);
	assert_int_equal(reply.code, EXIT_STOREFULL);
	assert_string_equal(reply.why.text, "no room");
	assert_null(reply.json);
}

/* codes_in: how often it is in the memory of this process from `from` to `to`. */
static unsigned codes_in(int mem, unsigned long from, unsigned long to)
{
	static char part[64 << 10];
	unsigned n = 0;
	for (unsigned long at = from; at + CODE_LEN <= to; at += sizeof(part) - CODE_LEN + 1) {
		ssize_t got = pread(mem, part, MIN(sizeof(part), to - at), (off_t)at);
		for (ssize_t i = 0; i + CODE_LEN <= got; i++)
			n += part[i] == turned[CODE_LEN - 1] && is_code(part + i);
		explicit_bzero(part, sizeof(part));
	}
	return n;
}

static unsigned codes_left(void)
{
	char line[512];
	unsigned n = 0;
	cleanup_fd int mem = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
	cleanup_file FILE *f = fopen("/proc/self/maps", "r");
	assert_true(mem >= 0 && f);
	while (fgets(line, sizeof(line), f)) {
		unsigned long from, to;
		char may[5] = "";
		if (sscanf(line, "%lx-%lx %4s", &from, &to, may) == 3 && may[0] == 'r' && may[1] == 'w')
			n += codes_in(mem, from, to);
	}
	return n;
}

/* Of an answer nothing stays, at neither end: the daemon runs for weeks. Not asked with a sanitizer, which has copies
 * of its own. */
static void what_was_said_is_wiped(void **state)
{
	struct server *s = *state;
	struct control_reply reply;
	line_wipe_json();
	assert_int_equal(control_call(s->fd, json_pack("{s:s,s:s}", "op", "invite", "key", "begin"), NULL, &reply),
	                 ERR_OK);
	const char *got = json_string_value(json_object_get(reply.json, "code"));
	assert_true(got && is_code(got));
	assert_true(codes_left() >= 1); /* it can be seen */
	control_reply_free(&reply);
	control_stop(s->control); /* so its thread is through */
	s->control = NULL;
	assert_int_equal(codes_left(), 0);
}

static void the_socket_is_private(void **state)
{
	struct server *s = *state;
	struct stat st;
	assert_int_equal(fstatat(s->fd, "control", &st, 0), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void garbage_and_silence_do_not_hurt(void **state)
{
	struct server *s = *state;
	struct sockaddr_un a;
	line_address(s->fd, &a);
	int silent[8];
	for (size_t i = 0; i < ARRAY_LEN(silent); i++) {
		silent[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		assert_int_equal(connect(silent[i], (struct sockaddr *)&a, sizeof(a)), 0);
	}
	cleanup_fd int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	static char junk[CONTROL_REQUEST_MAX * 4];
	memset(junk, 'x', sizeof(junk));
	ssize_t n = send(fd, junk, sizeof(junk), MSG_NOSIGNAL); /* may be cut off: the other end gives up */
	(void)n;
	struct control_reply reply;
	assert_int_equal(control_call(s->fd, json_pack("{s:s}", "op", "status"), NULL, &reply), ERR_OK);
	control_reply_free(&reply);
	for (size_t i = 0; i < ARRAY_LEN(silent); i++)
		close(silent[i]);
}

static void nobody_there_is_not_found(void **state)
{
	(void)state;
	cleanup_fd int fd = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct control_reply reply;
	assert_int_equal(control_call(fd, json_pack("{s:s}", "op", "status"), NULL, &reply), ERR_NOTFOUND);
	assert_int_equal(reply.code, EXIT_NOTFOUND);
	assert_int_equal(control_peer_pid(fd), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_are_parsed),
		cmocka_unit_test(hostile_requests_are_refused),
		TEST(progress_comes_before_the_answer),
		TEST(a_failure_brings_its_code_and_sentence),
		TEST(the_socket_is_private),
		TEST(garbage_and_silence_do_not_hurt),
		cmocka_unit_test(nobody_there_is_not_found),
	};
	const struct CMUnitTest in_memory[] = { TEST(what_was_said_is_wiped) };
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	return failed || SANITIZED ? failed : cmocka_run_group_tests(in_memory, NULL, NULL);
}

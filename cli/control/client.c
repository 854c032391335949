/* SPDX-License-Identifier: MIT */
#include "cli/control/server.h"

#include "cli/control/line.h"
#include "cli/ui/exit.h"
#include "util/cleanup.h"

#include <string.h>
#include <sys/socket.h>

/* dial: a connected socket, or -1 with errno. */
static int dial(int dir_fd)
{
	struct sockaddr_un a;
	line_address(dir_fd, &a);
	cleanup_fd int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof(a)))
		return -1;
	return steal_fd(fd);
}

int control_peer_pid(int dir_fd)
{
	struct ucred cred;
	socklen_t n = sizeof(cred);
	cleanup_fd int fd = dial(dir_fd);
	return fd >= 0 && !getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &n) ? cred.pid : 0;
}

static void drop(json_t *const *j)
{
	json_decref(*j);
}

static void reader_free(struct line_reader *r)
{
	buf_free(&r->pending);
}

/* take_answer: a final line. */
static err_t take_answer(json_t *j, json_t **ret, int *ret_code, struct why *why)
{
	if (json_is_true(json_object_get(j, "ok"))) {
		*ret = json_incref(j);
		return ERR_OK;
	}
	json_int_t code = json_integer_value(json_object_get(j, "code")),
	           e = json_integer_value(json_object_get(j, "err"));
	const char *text = json_string_value(json_object_get(j, "error"));
	*ret_code = code > 0 && code < EXIT_CODES ? (int)code : EXIT_FAILED;
	why_set(why, ERR_IO, "%s", text ? text : "the daemon failed without a reason");
	return e > 0 && e < ERR_COUNT_ ? (err_t)e : ERR_IO;
}

static err_t talk(int fd, json_t *request, control_progress progress, void *ctx, json_t **ret, int *ret_code,
                  struct why *why)
{
	cleanup(reader_free) struct line_reader r = { .fd = fd, .max = CONTROL_ANSWER_MAX };
	cleanup(buf_free) struct buf line = BUF_INIT;
	if (!line_send(fd, request))
		return why_set(why, ERR_CANCELED, "the daemon closed the connection");
	for (;;) {
		err_t e = line_next(&r, &line);
		if (e)
			return why_set(why, e, "the daemon closed the connection");
		cleanup(drop) json_t *j = json_loadb((const char *)line.p, line.len, 0, NULL);
		json_t *p = json_object_get(j, "progress");
		if (!j)
			return why_set(why, ERR_DAMAGED, "the daemon's answer is malformed");
		if (!p)
			return take_answer(j, ret, ret_code, why);
		if (progress)
			progress(ctx, p);
	}
}

err_t control_call(int dir_fd, json_t *request, control_progress progress, void *ctx, json_t **ret, int *ret_code,
                   struct why *why)
{
	*ret_code = EXIT_FAILED;
	cleanup_fd int fd = dial(dir_fd);
	err_t e = !request ? ERR_NOMEM
	          : fd < 0 ? why_set(why, ERR_NOTFOUND, "is not mounted")
	                   : talk(fd, request, progress, ctx, ret, ret_code, why);
	json_decref(request);
	return e;
}

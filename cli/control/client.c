/* SPDX-License-Identifier: MIT */
#include "cli/control/client.h"

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

void control_reply_free(struct control_reply *r)
{
	json_decref(r->json);
	r->json = NULL;
}

static void drop(json_t *const *j)
{
	json_decref(*j);
}

static void reader_free(struct line_reader *r)
{
	buf_wipe_free(&r->pending);
}

/* take_answer: a final line. */
static err_t take_answer(json_t *j, struct control_reply *ret)
{
	ret->answered = true;
	if (json_is_true(json_object_get(j, "ok"))) {
		ret->json = json_incref(j);
		return ERR_OK;
	}
	json_int_t code = json_integer_value(json_object_get(j, "code")),
	           e = json_integer_value(json_object_get(j, "err"));
	const char *text = json_string_value(json_object_get(j, "error"));
	ret->code = code > 0 && code < EXIT_CODES ? (int)code : EXIT_FAILED;
	why_set(&ret->why, ERR_IO, "%s", text ? text : "the daemon failed without a reason: its log tells more");
	return e > 0 && e < ERR_COUNT_ ? (err_t)e : ERR_IO;
}

/* next_line: parsed; to be dropped. */
static err_t next_line(struct line_reader *r, json_t **ret, struct why *why)
{
	cleanup(buf_wipe_free) struct buf line = BUF_INIT;
	err_t e = line_next(r, &line);
	if (e)
		return why_set(why, e, "the daemon closed the connection: it is ending; try again");
	*ret = json_loadb((const char *)line.p, line.len, 0, NULL);
	return *ret ? ERR_OK
	            : why_set(why, ERR_DAMAGED,
	                      "the daemon's answer is malformed: is it of another version? Lock and mount again");
}

static err_t converse(int fd, json_t *request, const struct control_watch *watch, struct control_reply *ret)
{
	cleanup(reader_free) struct line_reader r = { .fd = fd, .max = CONTROL_ANSWER_MAX };
	if (!line_send(fd, request))
		return why_set(&ret->why, ERR_CANCELED, "the daemon closed the connection: it is ending; try again");
	for (;;) {
		cleanup(drop) json_t *j = NULL;
		err_t e = next_line(&r, &j, &ret->why);
		if (e)
			return e;
		json_t *progress = json_object_get(j, "progress");
		if (!progress)
			return take_answer(j, ret);
		if (watch)
			watch->fn(watch->ctx, progress);
	}
}

err_t control_call(int dir_fd, json_t *request, const struct control_watch *watch, struct control_reply *ret)
{
	*ret = (struct control_reply){ .code = EXIT_FAILED };
	if (!request)
		return ERR_NOMEM;
	cleanup(drop) json_t *given = request;
	cleanup_fd int fd = dial(dir_fd);
	if (fd >= 0)
		return converse(fd, given, watch, ret);
	ret->code = EXIT_NOTFOUND;
	ret->nobody = true;
	return why_set(&ret->why, ERR_NOTFOUND, "is not mounted: mount it first");
}

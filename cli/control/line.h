/* SPDX-License-Identifier: MIT
 * Lines over a socket, for both ends of the control protocol. One may hold the code of an invitation, which is a secret
 * for a day: what a line was in is wiped here, and by who frees it.
 */
#pragma once

#include "util/buf.h"

#include <jansson.h>
#include <sys/un.h>

struct line_reader {
	int fd;
	struct buf pending; /* bytes after the last line given; buf_wipe_free */
	size_t max;
};
/* line_wipe_json: from then on what was in a JSON value is wiped when it is freed. Of the whole process, before its
 * first value. */
void line_wipe_json(void);
/* line_next: the next line without its newline, in `out` (replaced; buf_wipe_free). ERR_LIMIT; ERR_CANCELED: the end or
 * an error. */
MUST_CHECK err_t line_next(struct line_reader *r, struct buf *out);
/* line_send: one JSON value and a newline; false when the peer is gone. Does not take `value` over. */
bool line_send(int fd, json_t *value);
/* line_address: of the socket "control" in that directory, whatever the length of its path. */
void line_address(int dir_fd, struct sockaddr_un *ret);

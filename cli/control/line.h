/* SPDX-License-Identifier: MIT
 * Lines over a socket, for both ends of the control protocol.
 */
#pragma once

#include "util/buf.h"

#include <jansson.h>
#include <sys/un.h>

struct line_reader {
	int fd;
	struct buf pending; /* bytes after the last line given */
	size_t max;
};
/* line_next: the next line without its newline, in `out` (replaced). ERR_LIMIT; ERR_CANCELED: the end or an error. */
MUST_CHECK err_t line_next(struct line_reader *r, struct buf *out);
/* line_send: one JSON value and a newline; false when the peer is gone. Does not take `value` over. */
bool line_send(int fd, json_t *value);
/* line_address: of the socket "control" in that directory, whatever the length of its path. */
void line_address(int dir_fd, struct sockaddr_un *ret);

/* SPDX-License-Identifier: MIT */
#include "cli/control/line.h"

#include "util/cleanup.h"

#include <malloc.h>
#include <string.h>
#include <sys/socket.h>

static void wipe_free(void *p)
{
	if (p)
		explicit_bzero(p, malloc_usable_size(p));
	free(p);
}

static void wipe_freep(char *const *p)
{
	wipe_free(*p);
}

void line_wipe_json(void)
{
	json_set_alloc_funcs(malloc, wipe_free);
}

err_t line_next(struct line_reader *r, struct buf *out)
{
	for (size_t seen = 0;;) {
		const uint8_t *nl =
		        r->pending.len > seen ? memchr(r->pending.p + seen, '\n', r->pending.len - seen) : NULL;
		if (nl) {
			size_t n = (size_t)(nl - r->pending.p);
			buf_clear(out);
			buf_put(out, r->pending.p, n);
			memmove(r->pending.p, nl + 1, r->pending.len - n - 1);
			r->pending.len -= n + 1;
			return buf_ok(out);
		}
		seen = r->pending.len;
		if (seen > r->max)
			return ERR_LIMIT;
		char part[4096];
		ssize_t got = recv(r->fd, part, sizeof(part), 0);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return ERR_CANCELED;
		buf_put(&r->pending, part, (size_t)got);
		explicit_bzero(part, (size_t)got);
		if (buf_ok(&r->pending))
			return ERR_NOMEM;
	}
}

bool line_send(int fd, json_t *value)
{
	cleanup(wipe_freep) char *text = json_dumps(value, JSON_COMPACT);
	size_t n = text ? strlen(text) : 0;
	if (!text)
		return false;
	text[n++] = '\n'; /* over the NUL: the length goes along */
	for (const char *p = text; n;) {
		ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);
		if (sent < 0 && errno == EINTR)
			continue;
		if (sent <= 0)
			return false;
		p += sent;
		n -= (size_t)sent;
	}
	return true;
}

void line_address(int dir_fd, struct sockaddr_un *ret)
{
	*ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
	snprintf(ret->sun_path, sizeof(ret->sun_path), "/proc/self/fd/%d/control", dir_fd);
}

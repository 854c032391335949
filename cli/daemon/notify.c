/* SPDX-License-Identifier: MIT */
#include "cli/daemon/notify.h"

#include "util/cleanup.h"

#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

err_t notify_send(const char *lines)
{
	const char *name = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	if (!name || !*name)
		return ERR_OK;
	size_t n = strlen(name);
	if ((name[0] != '/' && name[0] != '@') || n < 2 || n >= sizeof(to.sun_path))
		return ERR_INVAL;
	memcpy(to.sun_path, name, n);
	if (name[0] == '@')
		to.sun_path[0] = 0; /* the abstract namespace */
	cleanup_fd int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
	ssize_t sent = fd < 0 ? -1 : sendto(fd, lines, strlen(lines), MSG_NOSIGNAL, (const struct sockaddr *)&to, len);
	return sent == (ssize_t)strlen(lines) ? ERR_OK : ERR_IO;
}

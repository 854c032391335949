/* SPDX-License-Identifier: MIT */
#include "cli/secrets/secret_text.h"

#include "util/cleanup.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

void secret_text_free(struct secret_text *s)
{
	secret_free(s->p);
	*s = SECRET_TEXT_INIT;
}

err_t secret_text_read(int fd, const char *what, struct secret_text *ret, struct why *why)
{
	cleanup(secret_text_free) struct secret_text s = { secret_alloc(SECRET_MAX + 1), 0 };
	if (!s.p)
		return ERR_NOMEM;
	for (;;) {
		char c;
		ssize_t n = read(fd, &c, 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return why_set(why, ERR_INVAL, "cannot read the secret from %.200s: %s", what, strerror(errno));
		if (n == 0 || c == '\n')
			break;
		if (s.len == SECRET_MAX || c == 0)
			return why_set(why, ERR_INVAL,
			               "the secret in %.200s is too long or not text: its first line is read", what);
		s.p[s.len++] = c;
		crypto_wipe(&c, 1);
	}
	if (s.len && s.p[s.len - 1] == '\r')
		s.p[--s.len] = 0;
	if (!s.len)
		return why_set(why, ERR_INVAL, "the secret in %.200s is empty: its first line is read", what);
	*ret = s;
	s = SECRET_TEXT_INIT; /* now the caller's */
	return ERR_OK;
}

err_t secret_text_read_file(const char *path, struct secret_text *ret, struct why *why)
{
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	if (fd < 0 || fstat(fd, &st))
		return why_set(why, ERR_INVAL, "cannot read %.200s: %s", path, strerror(errno));
	if (S_ISREG(st.st_mode) && st.st_mode & (S_IROTH | S_IWOTH))
		return why_set(why, ERR_INVAL, "%.200s is open to all users of this machine: chmod 600 %.200s", path,
		               path);
	return secret_text_read(fd, path, ret, why);
}

/* SPDX-License-Identifier: MIT */
#include "cli/daemon/unlock_me.h"

#include "cli/vaults/disk.h"
#include "cli/vaults/vaults.h"
#include "util/cleanup.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define TEXT_MAX 1024
#define BEGIN "The vault "

static size_t text_for(const char *vault, char out[TEXT_MAX])
{
	return (size_t)snprintf(out, TEXT_MAX,
	                        BEGIN "%s opens in this folder. It is locked now.\n"
	                              "\n"
	                              "Unlock it first, as you always do (cloudseal mount %s).\n"
	                              "\n"
	                              "What is put in here while it is locked lies on this disk as it is:\n"
	                              "not encrypted, not uploaded, and in the way of the next unlocking.\n",
	                        vault, vault);
}

bool unlock_me_is_ours(int dir_fd)
{
	char is[TEXT_MAX + 1], should[TEXT_MAX], vault[VAULT_NAME_MAX + 1];
	struct stat st;
	cleanup_fd int fd = openat(dir_fd, UNLOCK_ME, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size >= TEXT_MAX)
		return false;
	ssize_t n = pread(fd, is, TEXT_MAX, 0);
	if (n <= 0)
		return false;
	is[n] = 0;
	return sscanf(is, BEGIN "%64[A-Za-z0-9._-]", vault) == 1 && text_for(vault, should) == (size_t)n &&
	       !memcmp(is, should, (size_t)n);
}

err_t unlock_me_write(int dir_fd, const char *vault)
{
	char text[TEXT_MAX];
	size_t n = text_for(vault, text);
	cleanup_fd int fd = openat(dir_fd, UNLOCK_ME, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
	if (fd < 0)
		return ERR_IO;
	if (disk_put_all(fd, (struct span){ (const uint8_t *)text, n }))
		return ERR_OK;
	int err = errno;
	unlinkat(dir_fd, UNLOCK_ME, 0); /* made just now; half of it would be taken for a person's */
	errno = err;
	return ERR_IO;
}

void unlock_me_remove(int dir_fd)
{
	if (unlock_me_is_ours(dir_fd))
		unlinkat(dir_fd, UNLOCK_ME, 0);
}

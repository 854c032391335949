/* SPDX-License-Identifier: MIT */
#include "cli/secrets/recovery.h"

#include "cli/secrets/terminal.h"
#include "cli/ui/escape.h"
#include "cli/vaults/disk.h"
#include "crypto/crypto.h"
#include "util/cleanup.h"

#include <ctype.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <string.h>

#define GROUP_MAX 32
#define TRIES 3

static void sync_parent(int dir, const char *name, const char *path)
{
	char copy[PATH_MAX];
	snprintf(copy, sizeof(copy), "%s", name);
	cleanup_fd int fd = openat(dir, dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0 && fsync(fd))
		escape_print(stderr, "cloudseal: warning: %s may not survive a power cut yet", path);
}

err_t recovery_exists(const char *path, struct why *why)
{
	return why_set(why, ERR_EXISTS,
	               "%.300s exists already, and a recovery key is never written over a file: name another", path);
}

err_t recovery_file_check(const char *path, struct why *why)
{
	return path && !access(path, F_OK) ? recovery_exists(path, why) : ERR_OK;
}

static err_t no_file(const char *path, int error, struct why *why)
{
	return why_set(why, error == ENOSPC || error == EDQUOT ? ERR_NOSPACE : ERR_IO, "cannot write %.300s: %s", path,
	               strerror(error));
}

err_t recovery_put(int dir, const char *name, const char *path, struct span bytes, struct why *why)
{
	cleanup_fd int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return errno == EEXIST ? recovery_exists(path, why) : no_file(path, errno, why);
	if (!disk_put_all(fd, bytes) || fsync(fd)) {
		int error = errno;
		(void)unlinkat(dir, name, 0);
		return no_file(path, error, why);
	}
	sync_parent(dir, name, path);
	return ERR_OK;
}

err_t recovery_to_file(const char *path, const char *key, struct why *why)
{
	cleanup(buf_wipe_free) struct buf line = BUF_INIT;
	buf_put(&line, key, strlen(key));
	buf_u8(&line, '\n');
	err_t e = buf_ok(&line);
	return e ? e : recovery_put(AT_FDCWD, path, path, buf_span(&line), why);
}

size_t recovery_group(const char *key, unsigned i, char *out, size_t n)
{
	size_t at = 0, len;
	for (;; i--) {
		at += strspn(key + at, "- ");
		len = strcspn(key + at, "- ");
		if (!len || !i)
			break;
		at += len;
	}
	if (!len || len >= n)
		return 0;
	for (size_t k = 0; k < len; k++)
		out[k] = (char)toupper((unsigned char)key[at + k]);
	out[len] = 0;
	return len;
}

static err_t not_confirmed(err_t e, enum recovery_for what, struct why *why)
{
	if (what == RECOVERY_ANOTHER)
		return why_set(why, e,
		               "the new recovery key was not confirmed, so the old one stays: start again, and write "
		               "it down");
	return why_set(why, e,
	               "the recovery key was not confirmed, so no vault was made: start again, and write it down");
}

static err_t ask_group(int tty, const char *key, unsigned group, struct why *why)
{
	char want[GROUP_MAX], prompt[64];
	size_t n = recovery_group(key, group, want, sizeof(want));
	err_t e = ERR_CANCELED;
	snprintf(prompt, sizeof(prompt), "Type group %u of it: ", group + 1);
	for (int i = 0; i < TRIES && e == ERR_CANCELED; i++) {
		cleanup(secret_text_free) struct secret_text typed = { 0 };
		char got[GROUP_MAX];
		e = terminal_ask(&(struct terminal_question){ tty, prompt, true }, &typed, why);
		if (e)
			break;
		size_t m = recovery_group(typed.p, 0, got, sizeof(got));
		e = m == n && crypto_equal(got, want, n) ? ERR_OK : ERR_CANCELED;
		crypto_wipe(got, sizeof(got));
		if (e)
			dprintf(tty, "That is not group %u.\n", group + 1);
	}
	crypto_wipe(want, sizeof(want));
	return e;
}

static void show(int tty, const char *key, enum recovery_for what)
{
	dprintf(tty,
	        "\nThis is the %s of the vault. It opens the vault on a new device, and on this one when "
	        "its\n"
	        "passphrase is lost. Write it down, and keep it away from this machine. Without it%s and without\n"
	        "a device that has the vault, nobody can open it, whoever is asked. It is shown only now:\n\n"
	        "    %s\n\n",
	        what == RECOVERY_ANOTHER ? "new recovery key" : "recovery key",
	        what == RECOVERY_OF_PORTABLE ? ", without the passphrase" : "", key);
}

err_t recovery_confirm(int tty, const char *key, enum recovery_for what, struct why *why)
{
	char group[GROUP_MAX];
	unsigned groups = 0;
	uint8_t draw[2];
	while (recovery_group(key, groups, group, sizeof(group)))
		groups++;
	crypto_wipe(group, sizeof(group));
	err_t e = crypto_random(draw, sizeof(draw));
	if (e || groups < 2)
		return e ? e : ERR_INVAL;
	unsigned first = draw[0] % groups, second = (first + 1 + draw[1] % (groups - 1)) % groups;
	show(tty, key, what);
	e = ask_group(tty, key, first, why);
	if (!e)
		e = ask_group(tty, key, second, why);
	return e ? not_confirmed(e, what, why) : ERR_OK;
}

err_t recovery_hand_over(const char *file, const char *key, enum recovery_for what, struct why *why)
{
	if (file)
		return recovery_to_file(file, key, why);
	cleanup_fd int tty = terminal_open();
	if (tty < 0)
		return why_set(why, ERR_INVAL,
		               "no terminal to show the recovery key on: use --recovery-file or --recovery-sheet");
	return recovery_confirm(tty, key, what, why);
}

/* SPDX-License-Identifier: MIT
 * The folder under a mount is what programs find while the vault is locked. What they write there lies on the disk as
 * it is and is uploaded nowhere. So it is made unwritable, and where that cannot be a text in it says so.
 *
 * Invariants
 * 1. It is done while the mount covers the folder, not at the lock: so it holds after a crash or a power cut, too.
 * 2. Nothing in the folder is changed but the text (unlock_me.h), and of the folder its permissions alone.
 * 3. What lies in it ends the mount, by name: before the passphrase (mount_point_check), and again once it is covered,
 *    since somebody may have put it there meanwhile. No file is ever under a mount that stays.
 * 4. What its permissions were is noted first (mount_places.h), and `forget` gives them back.
 *
 * How, by who mounts:
 *   a user, own folder        no write bits. fusermount3 wants a folder that can be written, so its owner's bit is lent
 *                             for the moment of mounting; who is killed in it leaves it so until the next mount.
 *   root, own folder          modes are nothing to root, so also immutable (chattr +i); the kernel mounts on that all
 *                             the same. Only for what fstab or the setting mount-point names: what root mounts by hand
 *                             may be /mnt.
 *   a folder of others, a file system without modes   the text, if it can be written there.
 * Left alone: autofs (nobody can make files there), and another user's folder under root (D67).
 */
#pragma once

#include "cli/vaults/vaults.h"

#include <stdbool.h>
#include <sys/stat.h>

struct mount_guard {
	int fd;          /* the folder, opened before it was covered; -1: it is left alone */
	struct stat was; /* when it was opened */
	bool lent;       /* it has its owner's write bit for the moment of mounting */
};
#define MOUNT_GUARD_INIT ((struct mount_guard){ .fd = -1 })
/* What for: `dir` of vault `vault`, `lasting`: named by fstab or the setting, `removed`: it is when the vault is
 * locked.
 */
struct mount_guarded {
	const struct vault_dir *vault;
	const char *dir;
	bool lasting, removed;
};
/* mount_guard_begin: before mounting on `dir`. */
MUST_CHECK err_t mount_guard_begin(struct mount_guard *g, const char *dir, struct why *why);
/* mount_guard_cover: once it is mounted. ERR_BUSY: something lies in the folder, `why` has its names; the mount must
 * go. That the folder stays writable is no failure: it is logged. */
MUST_CHECK err_t mount_guard_cover(struct mount_guard *g, const struct mount_guarded *what, struct why *why);
/* mount_guard_end: `mounted`: the mount is there and stays; else the folder is as it was. */
void mount_guard_end(struct mount_guard *g, bool mounted);
/* mount_guard_lift: all folders that this vault made unwritable are as they were before; the text goes. Those that are
 * another's by now, or mounted on, are left. */
void mount_guard_lift(const struct vault_dir *v);

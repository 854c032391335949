/* SPDX-License-Identifier: MIT
 * Mount points: checking one, and taking a dead one down.
 */
#pragma once

#include "util/error.h"

#include <stdbool.h>

/* mount_point_clear_stale: a mount whose daemon died is detached; true when there was one. One that stays is told in
 * `why`. */
bool mount_point_clear_stale(const char *dir, struct why *why);
/* mount_point_in_use: something is mounted exactly there, by the kernel's list (never touches the mount), as process
 * `pid` sees it; 0: as we do. autofs, which has others mount on it, does not count. */
bool mount_point_in_use(const char *dir, int pid);
/* mount_point_missing: says that errno `err` came of looking for `dir`. ERR_NOTFOUND.
 * mount_point_check: `dir` is a usable mount point: an empty directory that nothing is mounted on. */
err_t mount_point_missing(const char *dir, int err, struct why *why);
MUST_CHECK err_t mount_point_check(const char *dir, struct why *why);
/* mount_point_empty: the folder `dir_fd` has nothing that a mount would hide; UNLOCK ME.txt of ours does not count.
 * ERR_BUSY: some of the names. `dir` is what it is called in the sentence. */
MUST_CHECK err_t mount_point_empty(int dir_fd, const char *dir, struct why *why);
/* mount_point_check_fuse: this user can mount at all. */
MUST_CHECK err_t mount_point_check_fuse(struct why *why);

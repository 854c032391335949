/* SPDX-License-Identifier: MIT
 * mounts.json in the state directory: where a vault was mounted lately, newest first, and how these folders were before
 * they were made unwritable (cli/daemon/mount_guard.h). Public; a file that is missing or malformed says nothing.
 */
#pragma once

#include "cli/vaults/vaults.h"

#include <stdint.h>
#include <sys/types.h>

#define MOUNT_PLACES_MAX 8
struct mount_place {
	char dir[PATH_MAX];
	uint64_t ino; /* of the folder: another one of that name is none of ours */
	mode_t mode;  /* its permissions before */
};
struct mount_places {
	struct mount_place place[MOUNT_PLACES_MAX];
	size_t n;
};
void mount_places_read(const struct vault_dir *v, struct mount_places *ret);
/* mount_places_note: `p` stands first from now on; the oldest goes when there are too many. Atomic, durable. */
MUST_CHECK err_t mount_places_note(const struct vault_dir *v, const struct mount_place *p, struct why *why);

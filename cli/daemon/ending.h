/* SPDX-License-Identifier: MIT
 * Taking a vault's lock behind a daemon that is ending. `umount` returns when the kernel let the mount go, the daemon
 * still writes what is left, and who mounts at once (systemd restarting a unit, a person with a short script) means it.
 */
#pragma once

#include "cli/vaults/vaults.h"

enum ending_uploads {                      /* of a daemon that uploads what is left (leaving.h) */
	              ENDING_UPLOADS_WAIT, /* it may: up to half a minute */
	              ENDING_UPLOADS_END   /* it ends at once: who comes next uploads */
};
/* ending_lock: vaults_lock, but a process that has the vault and serves no mount (it is ending, or starting, or looks
 * at it) is waited for, up to two minutes, after three seconds not silently; one that left its mount point and still
 * answers (detached with files open) ten seconds. ERR_BUSY: mounted, and `why` says where; or still in use. */
MUST_CHECK err_t ending_lock(struct vault_dir *v, enum ending_uploads u, struct why *why);

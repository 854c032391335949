/* SPDX-License-Identifier: MIT
 * The process that serves one mounted vault. The command forks before anything starts a thread; the child asks for the
 * passphrase (secret memory does not survive a fork), composes, mounts, and only then leaves the terminal. The parent
 * exits with 0 once the child says so, else with the child's own exit code: what went wrong is printed by the child.
 */
#pragma once

#include "cli/daemon/mounted_vault.h"
#include "cli/ui/mount_options.h"
#include "cli/ui/options.h"

#define INHERITED_MAX 1024
struct daemon {
	struct vault_dir dir;
	const struct options *options;
	struct mount_options mount_options;
	char mount_point[PATH_MAX];
	bool made_mount_point;                /* the default one, made by us: removed again */
	char known[320];                      /* what was wrong with it when it was locked; "": nothing */
	int report;                           /* pipe to the waiting parent; -1: in front */
	uint8_t inherited[INHERITED_MAX / 8]; /* descriptors that the caller left open: not kept by the daemon */
};
/* daemon_note_descriptors: which descriptors the caller left open. First of all. */
void daemon_note_descriptors(struct daemon *d);
enum daemon_side { DAEMON_PARENT, DAEMON_CHILD };
/* daemon_fork: which side of the fork this is. The parent has waited for the child, and *ret_code is its exit code. */
MUST_CHECK enum daemon_side daemon_fork(struct daemon *d, int *ret_code);
/* daemon_block_signals: SIGTERM, SIGINT and SIGHUP wait from now on until daemon_serve answers them by locking. Before
 * the first thread, since every thread must have them blocked. */
MUST_CHECK err_t daemon_block_signals(void);
/* daemon_serve: mounts the vault, detaches, serves until unmounted, closes everything. Takes the vault over. */
int daemon_serve(struct daemon *d, struct mounted_vault *vault);

/* SPDX-License-Identifier: MIT
 * The commands. Each prints what went wrong in one line and returns an exit code (cli/ui/exit.h).
 */
#pragma once

#include "cli/ui/exit.h"
#include "cli/ui/options.h"
#include "cli/vaults/vaults.h"

int command_init(const struct options *o);
int command_join(const struct options *o);
int command_mount(const struct options *o);
int command_lock(const struct options *o);
int command_status(const struct options *o);
int command_sync(const struct options *o);
int command_pin(const struct options *o);
int command_unpin(const struct options *o);
int command_config(const struct options *o);
int command_list(const struct options *o);
int command_forget(const struct options *o);

/* mount_helper: the program under the name mount.fuse.cloudseal; exit codes are mount(8)'s. */
int mount_helper(int argc, char **argv);

/* target_open: the vault that a person means by NAME, or by a path inside its mount. On failure prints and returns an
 * exit code. */
int target_open(const char *name_or_path, struct vault_dir *ret);
/* target_path: the same for something inside a mounted vault, and its inode number. */
int target_path(const char *path, struct vault_dir *ret, uint64_t *ret_ino);
/* target_is_path: not a vault's name here, so a path is meant. */
bool target_is_path(const char *name_or_path);

/* What init and join share: a named, locked, still invisible vault directory with settings and a store. */
struct making {
	struct vault_dir dir;
	struct conf conf;
	struct store *store;
	bool done; /* making_close keeps the directory */
};
/* making_open: name, settings and store from options and STORE; checks the place (`create`: makes it). */
MUST_CHECK err_t making_open(const struct options *o, bool create, struct making *ret, struct why *why);
/* making_finish: writes the settings: from now on the vault is known here. */
MUST_CHECK err_t making_finish(struct making *m, struct why *why);
void making_close(struct making *m);

/* SPDX-License-Identifier: MIT */
#include "fs/names/unlink.h"

#include "fs/core/change.h"
#include "fs/core/fs_state.h"
#include "fs/core/name.h"
#include "fs/names/removed.h"
#include "util/log.h"

#include <string.h>

static int remove_name(struct fs *fs, uint64_t dir, const char *name, bool want_dir)
{
	int err = name_check(name);
	if (err)
		return err;
	struct change *t = change_begin_removal(fs);
	return change_end(fs, t, t ? removed_shown(t, dir, name, want_dir) : ENOMEM);
}

#define PRESSED_TRIES 3 /* another commit may begin meanwhile */

/* remove_pressed: removing is what ends a shortage of space. While a commit runs, what it writes counts twice, on the
 * disk and as waiting, and a removal may be refused for that alone: it is tried again after it. No lock is held. */
static int remove_pressed(struct fs *fs, uint64_t dir, const char *name, bool want_dir)
{
	int err = remove_name(fs, dir, name, want_dir);
	for (unsigned tries = 0; err == ENOSPC && tries < PRESSED_TRIES; tries++) {
		err_t e = map_commit(fs->cfg.map);
		if (e)
			log_debug(AREA_FS, "no room for a removal, nor for a commit: %s", err_text(e));
		err = remove_name(fs, dir, name, want_dir);
	}
	return err;
}

int fs_unlink(struct fs *fs, uint64_t dir, const char *name)
{
	return remove_pressed(fs, dir, name, false);
}

int fs_rmdir(struct fs *fs, uint64_t dir, const char *name)
{
	if (!strcmp(name, ".."))
		return ENOTEMPTY;
	return remove_pressed(fs, dir, name, true);
}

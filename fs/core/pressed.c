/* SPDX-License-Identifier: MIT */
#include "fs/core/pressed.h"

#include "fs/core/fs_state.h"

#include <errno.h>

#define TRIES 3            /* another commit may begin meanwhile */
#define SMALL (128u << 10) /* about what the largest small operation takes: an extended attribute */

bool pressed_again(struct fs *fs, unsigned *tries, int err)
{
	if (err != ENOSPC || *tries == TRIES)
		return false;
	++*tries;
	err_t e = map_room(fs->cfg.map, SMALL);
	if (e == ERR_BUSY)
		e = map_commit(fs->cfg.map);
	return !e;
}

/* SPDX-License-Identifier: MIT */
#include "fs/core/pressed.h"

#include "fs/core/errno_of.h"
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

int pressed_room(struct fs *fs, uint64_t bytes)
{
	err_t e = map_room(fs->cfg.map, bytes);
	for (unsigned tries = 0; e == ERR_BUSY && tries < TRIES; tries++) {
		e = map_commit(fs->cfg.map);
		if (!e)
			e = map_room(fs->cfg.map, bytes);
	}
	return e == ERR_BUSY ? ENOSPC : errno_of(e);
}

/* SPDX-License-Identifier: MIT
 * Times of a directory in which a name comes or goes: said along with that, with one stamp.
 */
#pragma once

#include "fs/core/inode_rec.h"
#include "fs/core/say.h"

struct dir_said {
	struct buf raw;
	struct inode before;
	struct said_attrs times;
};
void dir_said_free(struct dir_said *d);
/* dir_said_begin: a live directory: errors as dir_edit. dir_said_touch: mtime and ctime are `now`. */
int dir_said_begin(struct dir_said *d, struct change *t, uint64_t dir);
int dir_said_touch(struct dir_said *d, struct timestamp now);
static inline const struct act_attrs *dir_said_attrs(const struct dir_said *d)
{
	return &d->times.attrs;
}

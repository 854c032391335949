/* SPDX-License-Identifier: MIT */
#include "fs/names/dir_said.h"

#include "fs/core/errno_of.h"
#include "fs/names/dir.h"

void dir_said_free(struct dir_said *d)
{
	buf_free(&d->raw);
	said_attrs_free(&d->times);
}

int dir_said_begin(struct dir_said *d, struct change *t, uint64_t dir)
{
	return dir_edit(t->fs, t, dir, &d->before, &d->raw);
}

int dir_said_touch(struct dir_said *d, struct timestamp now)
{
	struct inode after = d->before;
	after.mtime = after.ctime = now;
	return errno_of(say_attrs(&d->before, &after, &d->times));
}

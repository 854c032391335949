/* SPDX-License-Identifier: MIT */
#include "fs/names/conflicts.h"

#include "fs/core/errno_of.h"
#include "fs/core/fs_state.h"

int fs_conflicts(struct fs *fs, uint64_t top, work_conflict_visit fn, void *ctx)
{
	ns_guard_read(fs);
	return errno_of(work_conflicts(fs->cfg.work, top, fn, ctx));
}

static err_t count(void *ctx, const struct work_conflict *c)
{
	uint64_t *n = ctx;
	(void)c;
	++*n;
	return ERR_OK;
}

int fs_conflicts_n(struct fs *fs, uint64_t *ret)
{
	uint64_t n = 0;
	int err = fs_conflicts(fs, INO_ROOT, count, &n);
	if (!err)
		*ret = n;
	return err;
}

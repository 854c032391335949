/* SPDX-License-Identifier: MIT */
#include "fs/names/removed.h"

#include "fs/core/errno_of.h"
#include "fs/core/fs_state.h"
#include "fs/core/stamp.h"
#include "fs/names/dir_said.h"
#include "fs/names/unlinked.h"
#include "vault/act/names.h"
#include "vault/act/spot.h"
#include "vault/work/ask.h"

#include <sys/stat.h>

static int find(struct fs *fs, const struct spot *at, bool want_dir, uint64_t *ret)
{
	struct work_entry x;
	err_t e = work_lookup(fs->cfg.work, at->dir, spot_span(&at->name), &x);
	if (e)
		return errno_of(e);
	if ((x.type == S_IFDIR >> 12) != want_dir)
		return want_dir ? ENOTDIR : EISDIR;
	*ret = x.ino;
	return 0;
}

static int take(struct change *t, const struct spot *at, bool want_dir, const struct act_along *along)
{
	enum refusal refusal = REFUSED_NOT;
	struct act *a;
	err_t e = change_act(t, &a);
	if (!e)
		e = want_dir ? names_rmdir(a, at, along, &refusal) : names_unlink(a, at, along, &refusal);
	return errno_refused(e, refusal);
}

int removed_shown(struct change *t, uint64_t dir, const char *name, bool want_dir)
{
	cleanup(dir_said_free) struct dir_said d = { .raw = BUF_INIT };
	cleanup(leaving_free) struct leaving l = { .raw = BUF_INIT };
	const struct spot at = { dir, spot_name(span_str(name)) };
	struct timestamp now = stamp_now();
	uint64_t ino;
	int err = dir_said_begin(&d, t, dir);
	if (!err)
		err = find(t->fs, &at, want_dir, &ino);
	if (!err)
		err = leaving_begin(&l, t, ino, now);
	if (!err)
		err = dir_said_touch(&d, now);
	if (err)
		return err;
	err = take(t, &at, want_dir, &(struct act_along){ .dir = dir_said_attrs(&d), .file = leaving_times(&l) });
	return err ? err : leaving_end(&l, t);
}

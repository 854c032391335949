/* SPDX-License-Identifier: MIT */
#include "fs/names/link.h"

#include "fs/core/change.h"
#include "fs/core/errno_of.h"
#include "fs/core/fs_state.h"
#include "fs/core/name.h"
#include "fs/core/node_table.h"
#include "fs/core/pin_mark.h"
#include "fs/core/pressed.h"
#include "fs/core/stamp.h"
#include "fs/data/stat.h"
#include "fs/names/dir_said.h"
#include "fs/names/unlinked.h"
#include "vault/act/names.h"
#include "vault/act/spot.h"
#include "vault/work/ask.h"

/* say_link: where the file is first shown, one more name. */
static int say_link(struct change *t, uint64_t ino, const struct spot *to, const struct act_along *along)
{
	struct work_number n;
	enum refusal refusal = REFUSED_NOT;
	struct act *a;
	err_t e = work_number(t->fs->cfg.work, ino, &n);
	if (!e)
		e = change_act(t, &a);
	if (!e)
		e = names_link(a, &n.at, to, along, &refusal);
	return errno_refused(e, refusal);
}

static int link_shown(struct change *t, uint64_t ino, const struct spot *to, struct stat *st)
{
	cleanup(dir_said_free) struct dir_said d = { .raw = BUF_INIT };
	cleanup(leaving_free) struct leaving l = { .raw = BUF_INIT };
	struct timestamp now = stamp_now();
	int err = dir_said_begin(&d, t, to->dir);
	if (!err)
		err = leaving_begin(&l, t, ino, now);
	if (!err && S_ISDIR(l.in.mode))
		err = EPERM;
	if (!err)
		err = dir_said_touch(&d, now);
	if (!err)
		err = say_link(t, ino, to, &(struct act_along){ .dir = dir_said_attrs(&d), .file = staying_times(&l) });
	if (!err)
		err = inode_getstat(t->fs, ino, st);
	return err ? err : node_ref_kernel(t->fs, ino);
}

static int link_applied(struct fs *fs, uint64_t ino, uint64_t dir, const char *name, struct stat *st)
{
	const struct spot to = { dir, spot_name(span_str(name)) };
	struct change *t = change_begin(fs);
	int err = t ? link_shown(t, ino, &to, st) : ENOMEM;
	bool ref = !err;
	err = change_end(fs, t, err);
	if (err && ref)
		nodes_forget(fs, ino, 1);
	return err;
}

int fs_link(struct fs *fs, uint64_t ino, uint64_t dir, const char *name, struct stat *ret)
{
	struct stat st = { 0 };
	int err = name_check_new(name);
	if (err)
		return err;
	unsigned tries = 0;
	do
		err = link_applied(fs, ino, dir, name, &st);
	while (pressed_again(fs, &tries, err));
	if (err)
		return err;
	pin_wake_under(fs, dir);
	*ret = st;
	return 0;
}

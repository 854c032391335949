/* SPDX-License-Identifier: MIT */
#include "fs/names/moved.h"

#include "fs/core/errno_of.h"
#include "fs/core/fs_state.h"
#include "fs/core/stamp.h"
#include "fs/names/dir_said.h"
#include "fs/names/made.h"
#include "fs/names/unlinked.h"
#include "vault/act/moves.h"
#include "vault/act/spot.h"
#include "vault/work/ask.h"

#include <linux/fs.h>

struct moved {
	const struct spot *from, *to;
	bool exchange;
	struct work_entry x, other; /* other.ino 0: nothing is there */
	struct dir_said dir, to_dir;
	struct leaving file, gone; /* gone: what is at `to`; in an exchange it goes nowhere */
};

static void moved_free(struct moved *m)
{
	dir_said_free(&m->dir);
	dir_said_free(&m->to_dir);
	leaving_free(&m->file);
	leaving_free(&m->gone);
}

static int look(struct moved *m, struct change *t, unsigned flags)
{
	struct work *w = t->fs->cfg.work;
	int err = dir_said_begin(&m->dir, t, m->from->dir);
	if (!err)
		err = dir_said_begin(&m->to_dir, t, m->to->dir);
	if (!err)
		err = errno_of(work_lookup(w, m->from->dir, spot_span(&m->from->name), &m->x));
	if (err)
		return err;
	err = errno_of(work_lookup(w, m->to->dir, spot_span(&m->to->name), &m->other));
	if (err == ENOENT) {
		m->other.ino = 0;
		return m->exchange ? ENOENT : 0;
	}
	return !err && flags & RENAME_NOREPLACE ? EEXIST : err;
}

/* touch: change times of all, and what the other device does not need to know: writes are flushed. */
static int touch(struct moved *m, struct change *t)
{
	struct timestamp now = stamp_now();
	int err = leaving_begin(&m->file, t, m->x.ino, now);
	if (!err && m->other.ino)
		err = leaving_begin(&m->gone, t, m->other.ino, now);
	if (!err)
		err = dir_said_touch(&m->dir, now);
	return err ? err : dir_said_touch(&m->to_dir, now);
}

static int move(const struct moved *m, struct change *t)
{
	enum refusal refusal = REFUSED_NOT;
	struct act *a;
	struct act_along along = {
		.dir = dir_said_attrs(&m->dir),
		.to_dir = m->from->dir == m->to->dir ? NULL : dir_said_attrs(&m->to_dir),
		.file = staying_times(&m->file),
		.other = m->exchange ? staying_times(&m->gone) : leaving_times(&m->gone),
	};
	err_t e = change_act(t, &a);
	if (!e && m->exchange)
		e = moves_exchange(a, m->from, m->to, &along, &refusal);
	else if (!e)
		e = moves_rename(a, m->from, m->to, &along, &refusal);
	return errno_refused(e, refusal);
}

int moved_shown(struct change *t, const struct spot *from, const struct spot *to, unsigned flags)
{
	cleanup(moved_free) struct moved m = { .from = from, .to = to, .exchange = flags & RENAME_EXCHANGE };
	int err = look(&m, t, flags);
	if (err || m.other.ino == m.x.ino)
		return err; /* two names of one inode, or the same name: POSIX says do nothing */
	err = touch(&m, t);
	if (!err)
		err = move(&m, t);
	if (!err)
		err = leaving_end(&m.gone, t);
	return !err && flags & RENAME_WHITEOUT ? made_whiteout(t, from) : err;
}

/* SPDX-License-Identifier: MIT */
#include "fs/names/rename.h"

#include "fs/core/change.h"
#include "fs/core/fs_state.h"
#include "fs/core/name.h"
#include "fs/core/pin_mark.h"
#include "fs/core/pressed.h"
#include "fs/names/moved.h"
#include "vault/act/spot.h"

#include <linux/fs.h>

/* flags_ok: an exchange is one alone. */
static bool flags_ok(unsigned flags)
{
	return flags == RENAME_EXCHANGE || !(flags & ~(unsigned)(RENAME_NOREPLACE | RENAME_WHITEOUT));
}

static int rename_one(struct fs *fs, const struct spot *from, const struct spot *to, unsigned flags)
{
	unsigned tries = 0;
	int err;
	do {
		struct change *t = change_begin(fs);
		err = change_end(fs, t, t ? moved_shown(t, from, to, flags) : ENOMEM);
	} while (pressed_again(fs, &tries, err));
	return err;
}

int fs_rename(struct fs *fs, uint64_t dir, const char *name, uint64_t to_dir, const char *to_name, unsigned flags)
{
	if (!flags_ok(flags))
		return EINVAL;
	int err = name_check(name);
	if (!err)
		err = name_check(to_name);
	if (err)
		return err == EINVAL ? EBUSY : err; /* "." and ".." */
	const struct spot from = { dir, spot_name(span_str(name)) }, to = { to_dir, spot_name(span_str(to_name)) };
	err = rename_one(fs, &from, &to, flags);
	if (!err && dir != to_dir) {
		pin_wake_under(fs, to_dir);
		if (flags & RENAME_EXCHANGE)
			pin_wake_under(fs, dir);
	}
	return err;
}

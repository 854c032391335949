/* SPDX-License-Identifier: MIT */
#include "fs/data/damaged.h"

#include "fs/core/fs_state.h"
#include "fs/core/inode.h"
#include "fs/core/path.h"
#include "fs/data/extent_source.h"

/* removed: nothing has its path any more. */
static bool removed(struct fs *fs, const struct damage_met *m)
{
	cleanup(buf_free) struct buf path = BUF_INIT;
	return m->shown.path[0] == '/' && path_of(fs, m->ino, &path) == ENOENT;
}

/* replaced: its file has that block no more, there. What cannot be read is not taken for that. */
static bool replaced(struct fs *fs, const struct damage_met *m)
{
	cleanup(buf_free) struct buf raw = BUF_INIT;
	cleanup_free struct extent *list = calloc(EXTENTS_MAX, sizeof(*list));
	struct inode in;
	size_t n = 0;
	if (id_is_zero(m->block) || !list || inode_get(fs, m->ino, &in, &raw))
		return false;
	struct extent_source s = extent_source_of(fs, NULL, &in);
	if (extent_source_group(&s, (uint32_t)(m->at / EXTENT_GROUP_SIZE), list, EXTENTS_MAX, &n))
		return false;
	for (size_t i = 0; i < n; i++)
		if (id_eq(list[i].block, m->block))
			return false;
	return true;
}

size_t fs_damaged(struct fs *fs, struct fs_damage *list, size_t max)
{
	cleanup_free struct damage_met *met = calloc(FS_DAMAGE_MAX, sizeof(*met));
	size_t n = met ? damage_copy(fs, met) : 0, shown = 0;
	if (!n)
		return 0;
	ns_guard_read(fs);
	while (n-- > 0 && shown < max) {
		if (removed(fs, &met[n]) || replaced(fs, &met[n]))
			damage_forget(fs, &met[n]);
		else
			list[shown++] = met[n].shown;
	}
	return shown;
}

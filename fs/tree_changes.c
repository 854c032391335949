/* SPDX-License-Identifier: MIT */
#include "fs/tree_changes.h"

#include "fs/core/inode_value.h"
#include "fs/invalidate.h"

#include <sys/stat.h>

static size_t inode_changed(uint64_t ino, struct span before, struct span after, struct tree_change *ret)
{
	struct inode a, b;
	bool contents = !before.p || !after.p || inode_value_decode(before, &a) || inode_value_decode(after, &b) ||
	                !id_eq(a.version, b.version) || S_ISDIR(b.mode); /* listings are cached too */
	*ret = (struct tree_change){ .kind = contents ? TREE_CONTENTS : TREE_ATTRS, .ino = ino };
	return 1;
}

static const struct dirent_rec *find_name(const struct dirent_rec *list, size_t n, struct span name)
{
	for (size_t i = 0; i < n; i++)
		if (!span_cmp(list[i].name, name))
			return &list[i];
	return NULL;
}

static size_t entries_changed(uint64_t dir, struct span before, struct span after, struct tree_change *ret)
{
	struct dirent_rec a[DIRENT_TIES_MAX], b[DIRENT_TIES_MAX];
	size_t na = 0, nb = 0, n = 0;
	if ((before.p && dirent_decode(before, a, &na)) || (after.p && dirent_decode(after, b, &nb)))
		return 0;
	for (size_t i = 0; i < na; i++) {
		const struct dirent_rec *now = find_name(b, nb, a[i].name);
		if (!now || now->ino != a[i].ino)
			ret[n++] = (struct tree_change){ TREE_ENTRY, dir, a[i].ino, now ? now->ino : 0, a[i].name };
	}
	for (size_t i = 0; i < nb; i++)
		if (!find_name(a, na, b[i].name))
			ret[n++] = (struct tree_change){ TREE_ENTRY, dir, 0, b[i].ino, b[i].name };
	return n;
}

size_t tree_changes_of(struct span key, struct span before, struct span after,
                       struct tree_change list[TREE_CHANGES_MAX])
{
	uint64_t ino, hash;
	if (key_parse_ino(key, REC_INODE, &ino))
		return inode_changed(ino, before, after, list);
	if (key_parse_ino_hash(key, REC_DIRENT, &ino, &hash))
		return entries_changed(ino, before, after, list);
	if (!key_parse_ino_hash(key, REC_XATTR, &ino, &hash))
		return 0;
	list[0] = (struct tree_change){ .kind = TREE_ATTRS, .ino = ino };
	return 1;
}

void fs_changed(void *ctx, struct span key, struct span before, struct span after)
{
	struct tree_change list[TREE_CHANGES_MAX];
	fs_tree_changed(ctx, list, tree_changes_of(key, before, after, list));
}

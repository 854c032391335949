/* SPDX-License-Identifier: MIT
 * What the kernel is to be told about other devices' changes.
 */
#pragma once

#include "fs/tree_changes.h"

int invalidate_open(struct fs *fs);
void invalidate_close(struct fs *fs);

/* invalidate_follow, invalidate_unfollow: from now on all that a delivery changes is told. The namespace lock
 * may be held by nobody. */
int invalidate_follow(struct fs *fs);
void invalidate_unfollow(struct fs *fs);

/* fs_tree_changed: another device made these changes, and the records have them: open files look anew, the kernel is to
 * be told, and pins are looked at, also when the list is empty: something else may have come. Under the write side of
 * the namespace lock. */
void fs_tree_changed(struct fs *fs, const struct tree_change *list, size_t n);
/* What of that the kernel is told: called later, with no lock held, from a thread of its own. */
struct fs_notify_ops {
	void (*inval_inode)(void *ctx, uint64_t ino, bool data);
	void (*inval_entry)(void *ctx, uint64_t parent, const char *name, size_t len);
	void (*deleted)(void *ctx, uint64_t parent, uint64_t child, const char *name, size_t len);
	void *ctx;
};
void fs_set_notify(struct fs *fs, const struct fs_notify_ops *ops); /* NULL ops: none, and none is running any more */
/* fs_cache_valid: no change of this inode's contents waits to be told to the kernel: cached pages may be kept at open.
 */
bool fs_cache_valid(struct fs *fs, uint64_t ino);

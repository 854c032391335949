/* SPDX-License-Identifier: MIT
 * POSIX semantics on the vault map, as cli/ and fuse/ see it: this header and those it includes. Speaks errno values (0
 * or a positive errno). No FUSE in here; `struct fs` is opaque. Locks and invariants: fs/README.md.
 *
 * Every lookup-like call gives a reference to the inode (nlookup) that fs_forget returns.
 */
#pragma once

#include "fs/core/cache_size.h"
#include "fs/core/config.h"
#include "fs/data/damaged.h"
#include "fs/core/path.h"
#include "fs/core/pin_mark.h"
#include "fs/data/compact_fetch.h"
#include "fs/data/copy.h"
#include "fs/data/fallocate.h"
#include "fs/data/fsync.h"
#include "fs/data/open.h"
#include "fs/data/read.h"
#include "fs/data/room.h"
#include "fs/data/seek.h"
#include "fs/data/write.h"
#include "fs/data/writeback.h"
#include "fs/invalidate.h"
#include "fs/meta/attr.h"
#include "fs/meta/xattr.h"
#include "fs/names/conflicts.h"
#include "fs/names/create.h"
#include "fs/names/link.h"
#include "fs/names/lookup.h"
#include "fs/names/readdir.h"
#include "fs/names/rename.h"
#include "fs/names/unlink.h"
#include "fs/residency/fetch_tree.h"
#include "fs/residency/pin.h"
#include "fs/residency/pin_fetcher.h"
#include "fs/residency/space.h"
#include "fs/tree_changes.h"

/* fs_open: over a map that holds at least the root inode; reaps what was without a name in the last run; starts the
 * flusher thread. */
MUST_CHECK int fs_open(const struct fs_config *c, struct fs **ret);
/* fs_close: flushes everything into the map (durable). An error says that something could not be, and is lost. */
int fs_close(struct fs *fs);

/* fs_check_shown: are the local records of what is shown those that follow from the shared ones? Everything
 * stands still meanwhile, for a large vault some seconds. `ret` is the caller's to free. */
struct shown_checked;
MUST_CHECK int fs_check_shown(struct fs *fs, struct shown_checked *ret);

/* fs_set_read_only: from now on (or no more) nothing is made, removed, renamed, given other attributes, or opened for
 * writing by whoever comes through the kernel, who asks fs_read_only and answers EROFS. Files that are open for writing
 * are written on: what a program was promised stays so. Any thread. */
void fs_set_read_only(struct fs *fs, bool is);
bool fs_read_only(const struct fs *fs);

struct fs_stats {
	uint64_t open_files, dirty_bytes, cached_bytes, cache_limit, parked;
};
void fs_stats(struct fs *fs, struct fs_stats *ret);
/* What a person who looks for a fault wants to know. Counted since opening. */
struct fs_debug {
	uint64_t open_files, reads;            /* reads: under way, most of them waiting for the store */
	uint64_t changed_files, changed_bytes; /* not flushed into the map yet */
	int64_t oldest_change;                 /* ns ago, of the oldest of them */
	uint64_t lock_waits;                   /* for the namespace lock */
	int64_t longest_lock_wait;             /* ns */
};
void fs_debug(struct fs *fs, struct fs_debug *ret);

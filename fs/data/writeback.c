/* SPDX-License-Identifier: MIT */
#include "fs/data/writeback.h"

#include "fs/core/errno_of.h"
#include "fs/core/fs_state.h"
#include "fs/core/node_table.h"
#include "fs/data/compact_fetch.h"
#include "fs/data/flush.h"
#include "util/deadline.h"
#include "util/log.h"

#include <string.h>

static void flush_one(struct fs *fs, uint64_t ino, int64_t wait)
{
	struct node *node = node_find(fs, ino);
	if (!node)
		return;
	ns_rdlock(fs);
	struct file *f = node_file(fs, node);
	ns_unlock(fs);
	int e = f ? 0 : ENOMEM;
	if (f && (wait > 0 || !compact_fetch_resting(f)))
		e = compact_fetch_flush(f, wait);
	if (e)
		log_debug(AREA_FS, "flusher: %s", strerror(errno_shown(e))); /* kept, and reported by the file */
	node_release(fs, node);
}

void writeback_older(struct fs *fs, int64_t before, int64_t wait)
{
	size_t n;
	struct deadline end = deadline_in(wait);
	cleanup_free uint64_t *v = changed_older(fs, before, &n);
	for (size_t i = 0; i < n; i++)
		flush_one(fs, v[i], wait ? MAX(deadline_left(end), 1) : 0);
}

void writeback_all(struct fs *fs)
{
	writeback_older(fs, INT64_MAX, 0);
}

void fs_flush_fetching(struct fs *fs, unsigned seconds)
{
	compact_fetch_stop(fs, false);
	writeback_older(fs, INT64_MAX, seconds * NS_PER_S);
}

static int freeze_one(struct fs *fs, uint64_t ino)
{
	struct node *node = node_find(fs, ino);
	if (!node)
		return 0; /* it went with its last user: an orphan */
	struct file *f = node_file(fs, node);
	int e = f ? file_flush_locked(f) : ENOMEM;
	node_unref(fs, node);
	return e;
}

void writeback_freeze(struct fs *fs)
{
	uint64_t ino;
	int unflushed = 0;
	changed_round(fs);
	while ((ino = changed_next(fs))) { /* no memory is needed to come this far */
		int e = freeze_one(fs, ino);
		if (e) /* kept, and reported by an fsync of that file */
			log_debug(AREA_FS, "freeze: %s", strerror(errno_shown(e)));
		unflushed = unflushed ? unflushed : e;
	}
	fs->changed.unflushed = unflushed;
}

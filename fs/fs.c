/* SPDX-License-Identifier: MIT
 * The life of a file system: its parts, its lock, the map's freeze hook.
 */
#include "fs/fs.h"

#include "fs/core/damage.h"
#include "fs/core/errno_of.h"
#include "fs/core/fs_state.h"
#include "fs/core/node_table.h"
#include "fs/flusher.h"
#include "fs/names/unlinked.h"
#include "fs/residency/evict.h"
#include "fs/residency/pinned_set.h"
#include "util/clock.h"
#include "util/log.h"
#include "vault/work/work.h"

#include <string.h>

/* --- the freeze hook --- */
static void freeze_before(void *ctx)
{
	evict_before_commit(ctx);
}

static void freeze_enter(void *ctx)
{
	struct fs *fs = ctx;
	ns_wrlock(fs);
	writeback_freeze(fs);
}

static void freeze_leave(void *ctx)
{
	ns_unlock(ctx);
}

static int freeze_open(struct fs *fs)
{
	const struct map_freeze hook = { freeze_before, freeze_enter, freeze_leave, fs };
	map_on_freeze(fs->cfg.map, &hook);
	return 0;
}

static void freeze_close(struct fs *fs)
{
	map_on_freeze(fs->cfg.map, NULL);
}

/* --- what is done before a close --- */
static int closing_open(struct fs *fs)
{
	const struct work_forgetter f = { unlinked_forget, fs };
	ns_wrlock(fs);
	work_on_close(fs->cfg.work, &f);
	ns_unlock(fs);
	return 0;
}

static void closing_close(struct fs *fs)
{
	ns_wrlock(fs);
	work_on_close(fs->cfg.work, NULL);
	ns_unlock(fs);
}

/* --- what is in a struct fs itself --- */
static int lock_open(struct fs *fs)
{
	pthread_rwlockattr_t attr;
	int err = pthread_rwlockattr_init(&attr);
	if (err)
		return err;
	err = pthread_rwlockattr_setkind_np(&attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	if (!err)
		err = pthread_rwlock_init(&fs->ns_lock, &attr);
	pthread_rwlockattr_destroy(&attr);
	return err;
}

static void lock_close(struct fs *fs)
{
	pthread_rwlock_destroy(&fs->ns_lock);
}

static int wakes_open(struct fs *fs)
{
	int err = wake_open(&fs->flusher_wake);
	if (err)
		return err;
	err = wake_open(&fs->pins_wake);
	if (err)
		wake_close(&fs->flusher_wake);
	return err;
}

static void wakes_close(struct fs *fs)
{
	wake_close(&fs->pins_wake);
	wake_close(&fs->flusher_wake);
}

static int nothing_to_open(struct fs *fs)
{
	(void)fs;
	return 0;
}

/* --- parts --- */
/* In the order in which they are opened; closed in the other. The threads come after all that they use; the freeze hook
 * is last, since the committer may call it at any time. */
static const struct part {
	int (*open)(struct fs *fs);
	void (*close)(struct fs *fs);
} parts[] = {
	{ lock_open, lock_close },
	{ wakes_open, wakes_close },
	{ cache_size_open, cache_size_close },
	{ changed_open, changed_close },
	{ damage_open, damage_close },
	{ nodes_open, nodes_close },
	{ compact_fetch_open, compact_fetch_close },
	{ reads_open, reads_close },
	{ evict_open, evict_close },
	{ pinned_set_open, pinned_set_close },
	{ pin_fetcher_open, pin_fetcher_close },
	{ room_open, room_close },
	{ flusher_open, flusher_close },
	{ nothing_to_open, fs_pins_stop }, /* the flusher may be walking */
	{ invalidate_open, invalidate_close },
	{ freeze_open, freeze_close },
	{ closing_open, closing_close },            /* closes stop the namespace by the hook */
	{ invalidate_follow, invalidate_unfollow }, /* deliveries too */
};

static void close_parts(struct fs *fs, size_t n)
{
	while (n)
		parts[--n].close(fs);
	free((char *)fs->cfg.state_dir);
	free(fs);
}

/* open_parts: *ret_n of them are open. */
static int open_parts(struct fs *fs, size_t *ret_n)
{
	int err = 0;
	for (*ret_n = 0; *ret_n < ARRAY_LEN(parts); ++*ret_n) {
		err = parts[*ret_n].open(fs);
		if (err)
			return err;
	}
	nodes_on_unused_orphan(fs, unlinked_reap);
	return 0;
}

static int look_at_root(struct fs *fs)
{
	struct stat root;
	int err = fs_getattr(fs, INO_ROOT, &root);
	return err ? err : unlinked_reap_all(fs);
}

/* name_mended: what could not be opened of the open changeset. */
static void name_mended(struct fs *fs)
{
	const struct mended *m = work_mended(fs->cfg.work), *f = work_failing(fs->cfg.work);
	ns_guard_read(fs);
	for (size_t i = 0; i < m->n; i++)
		damage_check(fs, ERR_DAMAGED, m->ino[i], NULL, "what was changed and not uploaded");
	for (size_t i = 0; i < f->n; i++)
		damage_check(fs, ERR_DAMAGED, f->ino[i], NULL, "what was written and not uploaded");
}

int fs_open(const struct fs_config *c, struct fs **ret)
{
	struct fs *fs = calloc(1, sizeof(*fs));
	if (!fs)
		return ENOMEM;
	size_t n = 0;
	fs->cfg = *c;
	fs->cfg.state_dir = c->state_dir ? strdup(c->state_dir) : NULL;
	int err = c->state_dir && !fs->cfg.state_dir ? ENOMEM : open_parts(fs, &n);
	if (!err)
		err = look_at_root(fs);
	if (err) {
		close_parts(fs, n);
		return err;
	}
	name_mended(fs);
	*ret = fs;
	return 0;
}

int fs_close(struct fs *fs)
{
	int err = errno_of(map_commit(fs->cfg.map)); /* through the freeze hook: buffers too */
	if (!err)
		err = errno_shown(fs->changed.unflushed);
	if (err)
		log_error(AREA_FS, "closing: %s; %llu written bytes are lost", strerror(err),
		          (unsigned long long)fs->changed.bytes);
	close_parts(fs, ARRAY_LEN(parts));
	return err;
}

void fs_stats(struct fs *fs, struct fs_stats *ret)
{
	struct map_stats m;
	map_stats(fs->cfg.map, &m);
	*ret = (struct fs_stats){ fs->open_files, fs->changed.bytes, m.block_bytes, fs->cache_size.limit,
		                  reads_count(fs) };
}

void fs_debug(struct fs *fs, struct fs_debug *ret)
{
	int64_t oldest;
	*ret = (struct fs_debug){
		.open_files = fs->open_files,
		.reads = reads_count(fs),
		.changed_files = changed_count(fs, &oldest),
		.changed_bytes = fs->changed.bytes,
		.lock_waits = fs->ns_waits.n,
		.longest_lock_wait = fs->ns_waits.longest,
	};
	ret->oldest_change = oldest ? clock_mono() - oldest : 0;
}

int fs_check_shown(struct fs *fs, struct shown_checked *ret)
{
	ns_guard_read(fs);
	return errno_of(work_check(fs->cfg.work, ret));
}

void fs_set_read_only(struct fs *fs, bool is)
{
	fs->read_only = is;
}

bool fs_read_only(const struct fs *fs)
{
	return fs->read_only;
}

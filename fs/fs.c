/* SPDX-License-Identifier: MIT
 * The life of a mounted tree: its locks, the map's freeze hook, and the frame of one operation.
 */
#include "fs/core/data.h"
#include "fs/core/file.h"
#include "fs/residency/pin_fetcher.h"
#include "fs/core/parts.h"
#include "fs/residency/pin.h"
#include "util/log.h"

#include <string.h>

static void freeze_enter(void *ctx)
{
	struct fs *fs = ctx;
	ns_wrlock(fs);
	data_freeze(fs);
}

static void freeze_leave(void *ctx)
{
	ns_unlock(ctx);
}

struct txn *change_begin(struct fs *fs)
{
	ns_wrlock(fs);
	return txn_begin(fs->cfg.map);
}

int change_end(struct fs *fs, struct txn *t, int err)
{
	if (!err)
		err = t ? errno_of(txn_apply(t)) : ENOMEM;
	txn_freep(&t);
	ns_unlock(fs);
	if (!err && fs->cfg.wake_sync)
		fs->cfg.wake_sync(fs->cfg.ctx);
	return err;
}

static int lock_init(pthread_rwlock_t *lock)
{
	pthread_rwlockattr_t attr;
	int err = pthread_rwlockattr_init(&attr);
	if (err)
		return err;
	err = pthread_rwlockattr_setkind_np(&attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	if (!err)
		err = pthread_rwlock_init(lock, &attr);
	pthread_rwlockattr_destroy(&attr);
	return err;
}

static void close_parts(struct fs *fs)
{
	if (fs->pins)
		fs_pins_stop(fs);
	notices_close(fs);
	map_on_freeze(fs->cfg.map, NULL, NULL, NULL); /* first: the committer may be about to call it */
	if (fs->data)
		data_close(fs);
	pins_close(fs); /* after the flusher, which evicts and so asks for pins until it has ended */
	nodes_close(fs);
	damage_close(fs);
	pthread_rwlock_destroy(&fs->ns_lock);
	free((char *)fs->cfg.state_dir);
	free(fs);
}

static int open_parts(struct fs *fs)
{
	err_t e = crypto_random(&fs->ino_prefix, sizeof(fs->ino_prefix));
	int err = errno_of(e);
	fs->ino_prefix |= 1u << 31; /* never the range of the root */
	fs->ino_next = 1;
	if (!err)
		err = nodes_open(fs);
	if (!err)
		err = damage_open(fs);
	if (!err)
		err = pins_open(fs); /* before the flusher, which evicts */
	if (!err)
		err = data_open(fs);
	if (!err)
		err = notices_open(fs);
	if (!err)
		map_on_freeze(fs->cfg.map, freeze_enter, freeze_leave, fs);
	struct stat root;
	if (!err)
		err = fs_getattr(fs, INO_ROOT, &root);
	return err ? err : orphan_reap_all(fs);
}

int fs_open(const struct fs_config *c, struct fs **ret)
{
	struct fs *fs = calloc(1, sizeof(*fs));
	if (!fs)
		return ENOMEM;
	fs->cfg = *c;
	fs->hash_mask = UINT64_MAX;
	fs->cfg.state_dir = c->state_dir ? strdup(c->state_dir) : NULL;
	int err = c->state_dir && !fs->cfg.state_dir ? ENOMEM : lock_init(&fs->ns_lock);
	if (err) {
		free((char *)fs->cfg.state_dir);
		free(fs);
		return err;
	}
	err = open_parts(fs);
	if (err)
		close_parts(fs);
	else
		*ret = fs;
	return err;
}

int fs_close(struct fs *fs)
{
	int err = errno_of(map_commit(fs->cfg.map)); /* through the freeze hook: dirty buffers too */
	if (!err)
		err = fs->data->unflushed;
	uint64_t lost = fs->data->bytes;
	if (err)
		log_error(AREA_FS, "closing: %s; %llu written bytes are lost", strerror(err), (unsigned long long)lost);
	close_parts(fs);
	return err;
}

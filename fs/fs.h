/* SPDX-License-Identifier: MIT
 * POSIX semantics on the vault map. Speaks errno values (0 or a positive errno). No FUSE in here.
 *
 * Locks, in order: fs.ns_lock (rwlock, writer-preferring: every change of records is made under its write side, which
 * is memory only; file writes into dirty buffers hold its read side; the map's freeze hook takes the write side and
 * flushes all dirty files, so a log write or commit is always a prefix of the operations) -> node table lock -> one
 * file's lock. None is ever held over network, LMDB commit, map_sync or a kernel notification.
 */
#pragma once

#include "cache/map.h"
#include "sync/fetch.h"
#include "vault/txn/txn.h"

#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/types.h>

struct fs;
struct fs_config {
	struct map *map;
	struct keyring *ring;
	struct fetch *fetch; /* NULL: cold blocks are EIO */
	uid_t uid;           /* shown for OWNER_SELF */
	gid_t gid;
	uint64_t cache_limit;         /* bytes of blocks; 0: a share of the free disk */
	const char *state_dir;        /* for statfs; NULL: none */
	void (*wake_sync)(void *ctx); /* a shared record changed: the sync engine should look */
	void *ctx;
};
struct fs_caller { /* of one request */
	uid_t uid;
	gid_t gid;
	mode_t umask;
	pid_t pid;
	const gid_t *groups; /* supplementary groups; filled in for fs_setxattr and fs_setattr alone */
	size_t ngroups;
};
/* fs_open: over a map that holds at least the root inode; reaps orphans of the last run; starts the flusher thread. */
MUST_CHECK int fs_open(const struct fs_config *c, struct fs **ret);
/* fs_close: flushes everything into the map (durable). An error says that something could not be, and is lost. */
int fs_close(struct fs *fs);
/* fs_leave: the mount is being cut off: whoever waits for cold blocks to be written to gets EFBIG. */
void fs_leave(struct fs *fs);
/* fs_flush_cold: before fs_close, while blocks can still be fetched: what waits for cold blocks of the store to be
 * flushed, for so long at most. What is left then fs_close reports. */
void fs_flush_cold(struct fs *fs, unsigned seconds);
/* For sync_config.changed; ctx is the struct fs. (fs_open installs the map's freeze hook itself.) */
void fs_changed(void *fs, struct span key, struct span before, struct span after);
/* What fs_changed found for the kernel: called later, with no lock held, from the notifier thread. */
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

/* --- names --- */
/* Every lookup-like call gives a reference (nlookup) that fs_forget returns. */
int fs_lookup(struct fs *fs, uint64_t dir, const char *name, struct stat *st);
void fs_forget(struct fs *fs, uint64_t ino, uint64_t nlookup);
int fs_getattr(struct fs *fs, uint64_t ino, struct stat *st);
#define FS_SET_MODE 1
#define FS_SET_UID 2
#define FS_SET_GID 4
#define FS_SET_SIZE 8
#define FS_SET_ATIME 16
#define FS_SET_MTIME 32
#define FS_SET_ATIME_NOW 64
#define FS_SET_MTIME_NOW 128
#define FS_SET_CTIME 256
#define FS_KILL_SUID 512 /* clear set-id bits as write and truncate by others do */
int fs_setattr(struct fs *fs, const struct fs_caller *who, uint64_t ino, const struct stat *want, unsigned set,
               struct stat *st);
int fs_mknod(struct fs *fs, const struct fs_caller *who, uint64_t dir, const char *name, mode_t mode, dev_t rdev,
             struct stat *st);
int fs_mkdir(struct fs *fs, const struct fs_caller *who, uint64_t dir, const char *name, mode_t mode, struct stat *st);
int fs_symlink(struct fs *fs, const struct fs_caller *who, const char *target, uint64_t dir, const char *name,
               struct stat *st);
int fs_readlink(struct fs *fs, uint64_t ino, struct buf *out);
int fs_link(struct fs *fs, uint64_t ino, uint64_t dir, const char *name, struct stat *st);
int fs_unlink(struct fs *fs, uint64_t dir, const char *name);
int fs_rmdir(struct fs *fs, uint64_t dir, const char *name);
int fs_rename(struct fs *fs, uint64_t dir, const char *name, uint64_t to_dir, const char *to_name, unsigned flags);
/* fs_readdir: entries after `cookie` (0: start) in stable order; fn returns false when full (that entry is given
 * again).
 * "." and ".." included. `st` has at least st_ino and the type; all of it (and a lookup reference) when plus. */
typedef bool (*fs_dir_fn)(void *ctx, const char *name, const struct stat *st, uint64_t next_cookie);
int fs_readdir(struct fs *fs, uint64_t dir, uint64_t cookie, bool plus, fs_dir_fn fn, void *ctx);
int fs_statfs(struct fs *fs, struct statvfs *out);
int fs_getxattr(struct fs *fs, uint64_t ino, const char *name, struct buf *out);
int fs_setxattr(struct fs *fs, const struct fs_caller *who, uint64_t ino, const char *name, const void *value,
                size_t size, int flags);
int fs_listxattr(struct fs *fs, const struct fs_caller *who, uint64_t ino, struct buf *out);
int fs_removexattr(struct fs *fs, const struct fs_caller *who, uint64_t ino, const char *name);

/* --- open files --- */
struct fs_file;
int fs_file_open(struct fs *fs, uint64_t ino, int flags, struct fs_file **ret); /* O_TRUNC is done here */
int fs_create(struct fs *fs, const struct fs_caller *who, uint64_t dir, const char *name, mode_t mode, int flags,
              struct stat *st, struct fs_file **ret);
void fs_file_close(struct fs *fs, struct fs_file *f);
/* fs_read: `done` gets the bytes once: at once when everything is local, later from another thread when blocks are
 * cold. Returns a ticket for fs_read_cancel (interrupt), 0 when done was already called. */
typedef void (*fs_read_done)(void *ctx, int err, const void *p, size_t n);
uint64_t fs_read(struct fs *fs, struct fs_file *f, uint64_t off, size_t len, fs_read_done done, void *ctx);
void fs_read_cancel(struct fs *fs, uint64_t ticket); /* done gets EINTR if it had not been called */
/* fs_reads_stop: every read that waits is answered with EIO, and none is running any more: no `done` comes later. Once
 * nobody starts new ones. */
void fs_reads_stop(struct fs *fs);
/* fs_write: EAGAIN: the memtables are full; try again from fs_on_room (the door parks the request). It waits for cold
 * blocks when too much of the file waits for them, at last with EFBIG; at once with FS_WRITE_NOWAIT. */
#define FS_WRITE_KILL_SUID 1
#define FS_WRITE_NOWAIT 2
int fs_write(struct fs *fs, const struct fs_caller *who, struct fs_file *f, uint64_t off, const void *p, size_t n,
             unsigned how);
void fs_on_room(struct fs *fs, void (*fn)(void *ctx), void *ctx);
/* fs_fsync: durable on this device: everything, not only this file. An error when that failed, or while this inode's
 * bytes cannot be flushed. fs_sync: the same, and an error while any file's cannot. */
int fs_fsync(struct fs *fs, uint64_t ino);
int fs_sync(struct fs *fs);
int fs_fallocate(struct fs *fs, struct fs_file *f, int mode, uint64_t off, uint64_t len);
int fs_lseek(struct fs *fs, struct fs_file *f, off_t off, int whence, off_t *ret);
/* fs_copy_range: shares blocks. EXDEV: only a plain copy can do it; EAGAIN: as fs_write. */
int fs_copy_range(struct fs *fs, struct fs_file *in, uint64_t off_in, struct fs_file *out, uint64_t off_out, size_t len,
                  size_t *ret);
/* fs_ino_of: inode number of an open file. */
uint64_t fs_ino_of(const struct fs_file *f);

struct fs_stats {
	uint64_t open_files, dirty_bytes, cached_bytes, cache_limit, parked;
};
void fs_stats(struct fs *fs, struct fs_stats *ret);
void fs_set_cache_limit(struct fs *fs, uint64_t bytes);
/* fs_path_of: a path of the inode inside the vault ("/a/b"), for messages; ENOENT for orphans. */
int fs_path_of(struct fs *fs, uint64_t ino, struct buf *out);
/* fs_damaged: what recent reads found damaged: path and object (empty: damaged on this device only); newest first; for
 * status. */
struct fs_damage {
	char path[512];
	char object[40];
	int64_t when; /* wall seconds */
};
size_t fs_damaged(struct fs *fs, struct fs_damage *list, size_t max);

/* SPDX-License-Identifier: MIT
 * powercut BACKING MOUNT [NAME]: a file system for a state directory that forgets what was not synced. With NAME the
 * power goes at the moment a folder that holds this name is about to be synced.
 *
 * BACKING/live holds what programs see; BACKING/disk what a disk would hold after a power cut. A file's bytes reach
 * disk/ when the file is synced; a new name, a rename or a removal only when its directory is synced. Files and folders
 * are known by a random id (an xattr of the live one), so that names and bytes stay apart: disk/ID holds a file's
 * bytes, disk/ID.names a folder's "id mode kind name" lines. To cut: kill this process, then `powercut --restore
 * BACKING SEED` makes a new live/ out of disk/. What was not synced may have made it all the same: a random subset of
 * each file's unsynced 4 KiB pieces (whole, or torn at 512 bytes), and a folder's names as they were, at the flip of a
 * coin. SEED may be "nothing" (of what was not synced) or "names" (all of them, and no bytes).
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fuse.h>
#include <inttypes.h>
#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sendfile.h>
#include <sys/xattr.h>
#include <unistd.h>

#define PIECE 4096

enum luck { LUCK_RANDOM, LUCK_NOTHING, LUCK_NAMES };
struct shim {
	pthread_mutex_t lock; /* one sync or change of the dirty set at a time */
	int live, disk;       /* folders */
	const char *cut_at;   /* a name whose folder's sync is when the power goes; NULL: never */
	enum luck luck;       /* of what was not synced, in a restore */
	char backing[PATH_MAX];
};

static struct shim *self(void)
{
	return fuse_get_context()->private_data;
}

static const char *rel(const char *path)
{
	return path[1] ? path + 1 : ".";
}

static int result(int r)
{
	return r < 0 ? -errno : r;
}

static int op_getattr(const char *path, struct stat *st, struct fuse_file_info *fi)
{
	if (fi)
		return result(fstat((int)fi->fh, st));
	return result(fstatat(self()->live, rel(path), st, AT_SYMLINK_NOFOLLOW));
}

static int op_open(const char *path, struct fuse_file_info *fi)
{
	int flags = fi->flags & ~(O_CREAT | O_EXCL | O_DSYNC | O_SYNC);
	if ((flags & O_ACCMODE) == O_WRONLY)
		flags = (flags & ~O_ACCMODE) | O_RDWR;
	int fd = openat(self()->live, rel(path), flags & ~O_APPEND);
	if (fd < 0)
		return -errno;
	fi->fh = (uint64_t)fd;
	return 0;
}

static int op_create(const char *path, mode_t mode, struct fuse_file_info *fi)
{
	int fd = openat(self()->live, rel(path), O_RDWR | O_CREAT | (fi->flags & (O_EXCL | O_TRUNC)), mode);
	if (fd < 0)
		return -errno;
	fi->fh = (uint64_t)fd;
	return 0;
}

static int op_release(const char *path, struct fuse_file_info *fi)
{
	(void)path;
	return result(close((int)fi->fh));
}

static int op_read(const char *path, char *buf, size_t n, off_t off, struct fuse_file_info *fi)
{
	(void)path;
	return result((int)pread((int)fi->fh, buf, n, off));
}

/* Who a live file is: inode numbers are used again, these ids are not. */
static uint64_t id_of(int fd)
{
	uint64_t id = 0;
	if (fgetxattr(fd, "user.powercut", &id, sizeof(id)) == sizeof(id))
		return id;
	if (getrandom(&id, sizeof(id), 0) != sizeof(id) || fsetxattr(fd, "user.powercut", &id, sizeof(id), 0))
		abort();
	return id;
}

/* Which pieces of a file are not on disk/ yet: a file beside it in BACKING/dirty/ID, one byte a piece. */
static void mark(struct shim *s, int fd, off_t off, size_t n)
{
	char name[64];
	snprintf(name, sizeof(name), "../dirty/%" PRIu64, id_of(fd));
	int d = openat(s->disk, name, O_WRONLY | O_CREAT, 0600);
	if (d < 0)
		abort();
	for (off_t p = off / PIECE; n && p <= (off + (off_t)n - 1) / PIECE; p++)
		if (pwrite(d, "\1", 1, p) != 1)
			abort();
	close(d);
}

static int op_write(const char *path, const char *buf, size_t n, off_t off, struct fuse_file_info *fi)
{
	(void)path;
	struct shim *s = self();
	pthread_mutex_lock(&s->lock);
	ssize_t w = pwrite((int)fi->fh, buf, n, off);
	int e = errno;
	if (w > 0)
		mark(s, (int)fi->fh, off, (size_t)w);
	pthread_mutex_unlock(&s->lock);
	return w < 0 ? -e : (int)w;
}

static int disk_file(struct shim *s, uint64_t id, int flags)
{
	char name[32];
	snprintf(name, sizeof(name), "%" PRIu64, id);
	return openat(s->disk, name, flags, 0600);
}

static void copy_piece(int from, int to, off_t at, size_t n)
{
	char buf[PIECE];
	ssize_t got = pread(from, buf, n, at);
	if (got > 0 && pwrite(to, buf, (size_t)got, at) != got)
		abort();
}

static int sync_file(struct shim *s, int fd)
{
	struct stat st;
	char name[64];
	if (fstat(fd, &st))
		return -errno;
	int to = disk_file(s, id_of(fd), O_RDWR | O_CREAT);
	snprintf(name, sizeof(name), "../dirty/%" PRIu64, id_of(fd));
	int d = openat(s->disk, name, O_RDWR);
	if (to < 0)
		abort();
	char bits[PIECE];
	ssize_t n;
	for (off_t at = 0; d >= 0 && (n = pread(d, bits, sizeof(bits), at)) > 0; at += n)
		for (ssize_t i = 0; i < n; i++)
			if (bits[i])
				copy_piece(fd, to, (at + i) * PIECE, PIECE);
	if (d >= 0) {
		close(d);
		unlinkat(s->disk, name, 0);
	}
	int r = ftruncate(to, st.st_size);
	close(to);
	return r ? -errno : 0;
}

static int op_fsync(const char *path, int datasync, struct fuse_file_info *fi)
{
	(void)path;
	(void)datasync;
	struct shim *s = self();
	pthread_mutex_lock(&s->lock);
	int r = sync_file(s, (int)fi->fh);
	pthread_mutex_unlock(&s->lock);
	return r;
}

static char kind_of(mode_t mode)
{
	if (S_ISREG(mode))
		return 'f';
	return S_ISDIR(mode) ? 'd' : 0; /* sockets are gone after a cut */
}

/* list_names: a folder's names as they are in live/, for disk/ or for a restore. */
static void list_names(int folder, FILE *f)
{
	DIR *d = fdopendir(openat(folder, ".", O_RDONLY | O_DIRECTORY));
	if (!d)
		abort();
	struct dirent *e;
	while ((e = readdir(d))) {
		struct stat st;
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, "..") ||
		    fstatat(folder, e->d_name, &st, AT_SYMLINK_NOFOLLOW) || !kind_of(st.st_mode))
			continue;
		int fd = openat(folder, e->d_name, O_RDONLY);
		if (fd >= 0)
			fprintf(f, "%" PRIu64 " %o %c %s\n", id_of(fd), st.st_mode & 07777, kind_of(st.st_mode),
			        e->d_name);
		close(fd);
	}
	closedir(d);
}

static FILE *open_list(const struct shim *s, uint64_t id, const char *suffix, const char *how)
{
	char name[64];
	snprintf(name, sizeof(name), "%" PRIu64 "%s", id, suffix);
	int fd = openat(s->disk, name, *how == 'r' ? O_RDONLY : O_WRONLY | O_CREAT | O_TRUNC, 0600);
	return fd < 0 ? NULL : fdopen(fd, how);
}

/* The names of a folder become durable. Bytes stay as they are on disk/. */
static int sync_names(struct shim *s, int folder)
{
	char fresh[64], name[64];
	uint64_t id = id_of(folder);
	FILE *f = open_list(s, id, ".fresh", "w");
	if (!f)
		abort();
	list_names(folder, f);
	snprintf(fresh, sizeof(fresh), "%" PRIu64 ".fresh", id);
	snprintf(name, sizeof(name), "%" PRIu64 ".names", id);
	if (fclose(f) || renameat(s->disk, fresh, s->disk, name))
		abort();
	return 0;
}

static int op_fsyncdir(const char *path, int datasync, struct fuse_file_info *fi)
{
	(void)datasync;
	(void)fi;
	struct shim *s = self();
	int folder = openat(s->live, rel(path), O_RDONLY | O_DIRECTORY);
	if (folder < 0)
		return -errno;
	pthread_mutex_lock(&s->lock);
	if (s->cut_at && !faccessat(folder, s->cut_at, F_OK, 0))
		_exit(0);
	int r = sync_names(s, folder);
	pthread_mutex_unlock(&s->lock);
	close(folder);
	return r;
}

/* What a truncation takes away counts as changed, so that its old bytes cannot come back. */
static int truncate_file(struct shim *s, int fd, off_t size)
{
	struct stat st;
	int r = fstat(fd, &st) ? -1 : ftruncate(fd, size);
	if (!r && size < st.st_size)
		mark(s, fd, size, (size_t)(st.st_size - size));
	return r ? -errno : 0;
}

static int op_truncate(const char *path, off_t size, struct fuse_file_info *fi)
{
	struct shim *s = self();
	int fd = fi ? (int)fi->fh : openat(s->live, rel(path), O_RDWR);
	if (fd < 0)
		return -errno;
	pthread_mutex_lock(&s->lock);
	int r = truncate_file(s, fd, size);
	pthread_mutex_unlock(&s->lock);
	if (!fi)
		close(fd);
	return r;
}

static int op_fallocate(const char *path, int mode, off_t off, off_t len, struct fuse_file_info *fi)
{
	(void)path;
	return result(fallocate((int)fi->fh, mode, off, len));
}

static int op_unlink(const char *path)
{
	return result(unlinkat(self()->live, rel(path), 0));
}

static int op_mkdir(const char *path, mode_t mode)
{
	return result(mkdirat(self()->live, rel(path), mode));
}

static int op_rmdir(const char *path)
{
	return result(unlinkat(self()->live, rel(path), AT_REMOVEDIR));
}

static int op_mknod(const char *path, mode_t mode, dev_t dev)
{
	return result(mknodat(self()->live, rel(path), mode, dev));
}

static int op_rename(const char *from, const char *to, unsigned flags)
{
	return result(renameat2(self()->live, rel(from), self()->live, rel(to), flags));
}

static int op_chmod(const char *path, mode_t mode, struct fuse_file_info *fi)
{
	(void)fi;
	return result(fchmodat(self()->live, rel(path), mode, 0));
}

static int op_statfs(const char *path, struct statvfs *st)
{
	(void)path;
	return result(fstatvfs(self()->live, st));
}

static int op_readdir(const char *path, void *buf, fuse_fill_dir_t fill, off_t off, struct fuse_file_info *fi,
                      enum fuse_readdir_flags flags)
{
	(void)off;
	(void)fi;
	(void)flags;
	DIR *d = fdopendir(openat(self()->live, rel(path), O_RDONLY | O_DIRECTORY));
	if (!d)
		return -errno;
	struct dirent *e;
	while ((e = readdir(d)))
		fill(buf, e->d_name, NULL, 0, 0);
	closedir(d);
	return 0;
}

static int op_flock(const char *path, struct fuse_file_info *fi, int op)
{
	(void)path;
	return result(flock((int)fi->fh, op));
}

static void *op_init(struct fuse_conn_info *conn, struct fuse_config *config)
{
	conn->want &= ~(unsigned)(FUSE_CAP_WRITEBACK_CACHE | FUSE_CAP_ATOMIC_O_TRUNC);
	config->use_ino = 1;
	return fuse_get_context()->private_data;
}

static const struct fuse_operations operations = {
	.init = op_init,
	.getattr = op_getattr,
	.open = op_open,
	.create = op_create,
	.release = op_release,
	.read = op_read,
	.write = op_write,
	.fsync = op_fsync,
	.fsyncdir = op_fsyncdir,
	.truncate = op_truncate,
	.fallocate = op_fallocate,
	.unlink = op_unlink,
	.mkdir = op_mkdir,
	.mknod = op_mknod,
	.rmdir = op_rmdir,
	.rename = op_rename,
	.chmod = op_chmod,
	.statfs = op_statfs,
	.readdir = op_readdir,
	.flock = op_flock,
};

/* One file of the new live/: what disk/ has, plus unsynced pieces that happened to make it, whole or torn. */
static int restore_file(struct shim *s, int old, int next, uint64_t id, unsigned mode, const char *name)
{
	char stored[64], dirty[64];
	snprintf(stored, sizeof(stored), "%" PRIu64, id);
	snprintf(dirty, sizeof(dirty), "../dirty/%" PRIu64, id);
	if (renameat(s->disk, stored, next, name) && errno != ENOENT)
		return perror(name), 1;
	int to = openat(next, name, O_RDWR | O_CREAT, mode), d = openat(s->disk, dirty, O_RDONLY);
	int live = old < 0 ? -1 : openat(old, name, O_RDONLY);
	if (to < 0 || fchmod(to, mode) || fsetxattr(to, "user.powercut", &id, sizeof(id), 0))
		return perror(name), 1;
	if (s->luck == LUCK_RANDOM && d >= 0 && live >= 0 && id_of(live) == id) {
		char bits[PIECE];
		ssize_t n;
		for (off_t at = 0; (n = pread(d, bits, sizeof(bits), at)) > 0; at += n)
			for (ssize_t i = 0; i < n; i++)
				if (bits[i] && random() % 3 == 0)
					copy_piece(live, to, (at + i) * PIECE,
					           random() % 2 ? PIECE : 512 * (size_t)(random() % 8));
	}
	close(to);
	close(d);
	close(live);
	return 0;
}

/* A folder of the new live/. `old`: its place in the old one, -1 when it is gone from there. */
static int restore_folder(struct shim *s, int old, int next, uint64_t id)
{
	char line[600], name[300];
	bool lucky = old >= 0 && (s->luck == LUCK_NAMES || (s->luck == LUCK_RANDOM && random() % 3 == 0));
	if (lucky) {
		FILE *f = open_list(s, id, ".names", "w");
		if (!f)
			return perror("names"), 1;
		list_names(old, f);
		fclose(f);
	}
	FILE *f = open_list(s, id, ".names", "r");
	int r = 0;
	while (!r && f && fgets(line, sizeof(line), f)) {
		uint64_t child;
		unsigned mode;
		char kind;
		if (sscanf(line, "%" SCNu64 " %o %c %299[^\n]", &child, &mode, &kind, name) != 4)
			return fprintf(stderr, "names: %s", line), 1;
		if (kind == 'f') {
			r = restore_file(s, old, next, child, mode, name);
			continue;
		}
		if (mkdirat(next, name, mode))
			return perror(name), 1;
		int a = old < 0 ? -1 : openat(old, name, O_RDONLY | O_DIRECTORY);
		int b = openat(next, name, O_RDONLY | O_DIRECTORY);
		if (a >= 0 && id_of(a) != child) {
			close(a);
			a = -1;
		}
		r = fsetxattr(b, "user.powercut", &child, sizeof(child), 0) ? 1 : restore_folder(s, a, b, child);
		close(a);
		close(b);
	}
	if (f)
		fclose(f);
	return r;
}

static enum luck luck_of(const char *seed)
{
	if (!strcmp(seed, "nothing"))
		return LUCK_NOTHING;
	return !strcmp(seed, "names") ? LUCK_NAMES : LUCK_RANDOM;
}

/* After a cut: live/ is made anew from what disk/ holds plus a random part of what was on its way. */
static int restore(struct shim *s, const char *seed)
{
	char path[PATH_MAX + 128];
	s->luck = luck_of(seed);
	srandom((unsigned)strtoul(seed, NULL, 10));
	snprintf(path, sizeof(path), "%s/next", s->backing);
	if (mkdir(path, 0700))
		return perror(path), 1;
	int next = open(path, O_RDONLY | O_DIRECTORY);
	uint64_t id = id_of(s->live);
	if (restore_folder(s, s->live, next, id) || fsetxattr(next, "user.powercut", &id, sizeof(id), 0))
		return 1;
	snprintf(path, sizeof(path), "cd '%s' && rm -rf live dirty disk && mv next live && mkdir dirty disk",
	         s->backing);
	return system(path) ? 1 : 0;
}

static void copy_whole(int from, int to)
{
	struct stat st;
	off_t at = 0;
	if (fstat(from, &st) || ftruncate(to, st.st_size))
		abort();
	while ((at = lseek(from, at, SEEK_DATA)) >= 0) {
		off_t end = lseek(from, at, SEEK_HOLE);
		if (lseek(to, at, SEEK_SET) != at)
			abort();
		while (at < end)
			if (sendfile(to, from, &at, (size_t)(end - at)) <= 0)
				abort();
	}
}

/* What is in live/ at the start counts as being on disk. */
static void adopt(struct shim *s, int folder)
{
	DIR *d = fdopendir(openat(folder, ".", O_RDONLY | O_DIRECTORY));
	struct dirent *e;
	while (d && (e = readdir(d))) {
		struct stat st;
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, "..") ||
		    fstatat(folder, e->d_name, &st, AT_SYMLINK_NOFOLLOW) || !kind_of(st.st_mode))
			continue;
		int fd = openat(folder, e->d_name, O_RDONLY), to;
		if (fd < 0)
			continue;
		if (S_ISDIR(st.st_mode)) {
			adopt(s, fd);
		} else {
			to = disk_file(s, id_of(fd), O_RDWR | O_CREAT);
			if (to < 0)
				abort();
			copy_whole(fd, to);
			close(to);
		}
		close(fd);
	}
	closedir(d);
	sync_names(s, folder);
}

int main(int argc, char **argv)
{
	struct shim *s = calloc(1, sizeof(*s));
	bool cut = argc == 4 && !strcmp(argv[1], "--restore");
	if (!s || (!cut && argc != 3 && argc != 4))
		return fprintf(stderr, "usage: powercut BACKING MOUNT [NAME] | powercut --restore BACKING SEED\n"), 2;
	const char *backing = cut ? argv[2] : argv[1];
	if (!realpath(backing, s->backing))
		return perror(backing), 1;
	char path[PATH_MAX + 128];
	static const char *const parts[] = { "live", "disk", "dirty" };
	for (int i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s/%s", s->backing, parts[i]);
		mkdir(path, 0700);
		int fd = open(path, O_RDONLY | O_DIRECTORY);
		*(i == 0 ? &s->live : &s->disk) = i < 2 ? fd : s->disk;
	}
	pthread_mutex_init(&s->lock, NULL);
	if (cut)
		return restore(s, argv[3]);
	s->cut_at = argv[3];
	adopt(s, s->live);
	char *args[] = { argv[0], "-f", "-o", "fsname=powercut,subtype=powercut,attr_timeout=0,entry_timeout=0",
		         argv[2], NULL };
	return fuse_main(5, args, &operations, s);
}

/* SPDX-License-Identifier: MIT
 * powercut BACKING MOUNT: a flat file system for a state directory that forgets what was not synced.
 *
 * BACKING/live holds what programs see; BACKING/disk what a disk would hold after a power cut. A file's bytes reach
 * disk/ when the file is synced; a new name, a rename or a removal only when the directory is synced. Files in disk/
 * are named by a random id (an xattr of the live file), so that names and bytes stay apart: disk/names lists "id mode
 * name" lines. To cut: kill this process, then `powercut --restore BACKING SEED` makes a new live/ out of disk/, with a
 * random subset of each file's unsynced 4 KiB pieces written after all (whole, or torn at 512 bytes).
 *
 * Only what a state directory needs: files in one folder, no sub-folders.
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
#include <sys/xattr.h>
#include <unistd.h>

#define PIECE 4096

struct shim {
	pthread_mutex_t lock; /* one sync or change of the dirty set at a time */
	int live, disk;       /* folders */
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

/* The names become durable: disk/names is rewritten from live/. Bytes stay as they are on disk/. */
static int sync_names(struct shim *s)
{
	int fd = openat(s->disk, "names.new", O_WRONLY | O_CREAT | O_TRUNC, 0600);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
	DIR *d = fdopendir(openat(s->live, ".", O_RDONLY | O_DIRECTORY));
	if (!f || !d)
		abort();
	struct dirent *e;
	while ((e = readdir(d))) {
		struct stat st;
		int fd2 = e->d_name[0] == '.' ? -1 : openat(s->live, e->d_name, O_RDONLY);
		if (fd2 < 0)
			continue;
		if (!fstat(fd2, &st))
			fprintf(f, "%" PRIu64 " %o %s\n", id_of(fd2), st.st_mode & 07777, e->d_name);
		close(fd2);
	}
	closedir(d);
	if (fclose(f) || renameat(s->disk, "names.new", s->disk, "names"))
		abort();
	return 0;
}

static int op_fsyncdir(const char *path, int datasync, struct fuse_file_info *fi)
{
	(void)path;
	(void)datasync;
	(void)fi;
	struct shim *s = self();
	pthread_mutex_lock(&s->lock);
	int r = sync_names(s);
	pthread_mutex_unlock(&s->lock);
	return r;
}

static int op_truncate(const char *path, off_t size, struct fuse_file_info *fi)
{
	int fd = fi ? (int)fi->fh : openat(self()->live, rel(path), O_RDWR);
	int r = fd < 0 ? -errno : result(ftruncate(fd, size));
	if (!fi && fd >= 0)
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
	(void)path;
	(void)off;
	(void)fi;
	(void)flags;
	DIR *d = fdopendir(openat(self()->live, ".", O_RDONLY | O_DIRECTORY));
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
	conn->want &= ~(unsigned)FUSE_CAP_WRITEBACK_CACHE;
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
	.rename = op_rename,
	.chmod = op_chmod,
	.statfs = op_statfs,
	.readdir = op_readdir,
	.flock = op_flock,
};

/* One file of the new live/: what disk/ has, plus unsynced pieces that happened to make it, whole or torn. */
static int restore_file(struct shim *s, int next, uint64_t id, unsigned mode, const char *name)
{
	int to = openat(next, name, O_RDWR | O_CREAT, mode), from = disk_file(s, id, O_RDONLY);
	struct stat st = { 0 };
	char dirty[64];
	if (to < 0 || (from >= 0 && fstat(from, &st)))
		return perror(name), 1;
	for (off_t at = 0; at < st.st_size; at += PIECE)
		copy_piece(from, to, at, PIECE);
	if (ftruncate(to, st.st_size))
		return perror(name), 1;
	snprintf(dirty, sizeof(dirty), "../dirty/%" PRIu64, id);
	int d = openat(s->disk, dirty, O_RDONLY), live = openat(s->live, name, O_RDONLY);
	if (d >= 0 && live >= 0 && id_of(live) == id) {
		char bit;
		for (off_t p = 0; pread(d, &bit, 1, p) == 1; p++)
			if (bit && random() % 3 == 0)
				copy_piece(live, to, p * PIECE, random() % 2 ? PIECE : 512 * (size_t)(random() % 8));
	}
	const int all[] = { to, from, d, live };
	for (int i = 0; i < 4; i++)
		if (all[i] >= 0)
			close(all[i]);
	return 0;
}

/* After a cut: live/ is made anew from what disk/ holds plus a random part of what was on its way. */
static int restore(struct shim *s, unsigned seed)
{
	char path[PATH_MAX + 128], line[600], name[300];
	srandom(seed);
	snprintf(path, sizeof(path), "%s/next", s->backing);
	if (mkdir(path, 0700))
		return perror(path), 1;
	int next = open(path, O_RDONLY | O_DIRECTORY);
	int fd = openat(s->disk, "names", O_RDONLY);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "r");
	while (f && fgets(line, sizeof(line), f)) {
		uint64_t id;
		unsigned mode;
		if (sscanf(line, "%" SCNu64 " %o %299[^\n]", &id, &mode, name) != 3)
			return fprintf(stderr, "names: %s", line), 1;
		if (restore_file(s, next, id, mode, name))
			return 1;
	}
	if (f)
		fclose(f);
	snprintf(path, sizeof(path), "cd '%s' && rm -rf live dirty disk && mv next live && mkdir dirty disk",
	         s->backing);
	return system(path) ? 1 : 0;
}

/* What is in live/ at the start counts as being on disk. */
static void adopt(struct shim *s)
{
	DIR *d = fdopendir(openat(s->live, ".", O_RDONLY | O_DIRECTORY));
	struct dirent *e;
	while (d && (e = readdir(d))) {
		struct stat st;
		int fd = e->d_name[0] == '.' ? -1 : openat(s->live, e->d_name, O_RDONLY);
		if (fd < 0)
			continue;
		if (!fstat(fd, &st)) {
			for (off_t p = 0; p * PIECE < st.st_size; p++)
				mark(s, fd, p * PIECE, 1);
			sync_file(s, fd);
		}
		close(fd);
	}
	closedir(d);
	sync_names(s);
}

int main(int argc, char **argv)
{
	struct shim *s = calloc(1, sizeof(*s));
	bool cut = argc == 4 && !strcmp(argv[1], "--restore");
	if (!s || (!cut && argc != 3))
		return fprintf(stderr, "usage: powercut BACKING MOUNT | powercut --restore BACKING SEED\n"), 2;
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
		return restore(s, (unsigned)strtoul(argv[3], NULL, 10));
	adopt(s);
	char *args[] = { argv[0], "-f", "-o", "fsname=powercut,subtype=powercut,attr_timeout=0,entry_timeout=0",
		         argv[2], NULL };
	return fuse_main(5, args, &operations, s);
}

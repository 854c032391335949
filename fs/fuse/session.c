/* SPDX-License-Identifier: MIT
 * Mounting, the loop, what is agreed with the kernel, and its notifications.
 */
#include "fs/fuse/session.h"

#include "fs/fuse/ops_attr.h"
#include "fs/fuse/ops_dir.h"
#include "fs/fuse/ops_file.h"
#include "fs/fuse/ops_names.h"
#include "fs/fuse/ops_read.h"
#include "fs/fuse/ops_write.h"
#include "fs/fuse/unmount.h"
#include "util/log.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>

#define THREADS_MAX 16
#define THREADS_IDLE 8
#define ENDS_MS 500 /* from the unmount to the end of the session */
/* The kernel counts readahead as background and holds back all further reads at the limit, cached ones too: it must be
 * far above the cold reads that may wait for the store at once. */
#define BACKGROUND_MAX 4096

/* number_at: of the connection that is mounted exactly there; 0: none. Asks the kernel only. */
static unsigned number_at(const char *mountpoint)
{
	struct statx sx;
	bool root = !statx(AT_FDCWD, mountpoint, AT_STATX_DONT_SYNC, STATX_TYPE, &sx) &&
	            sx.stx_attributes & STATX_ATTR_MOUNT_ROOT;
	return root && !sx.stx_dev_major ? sx.stx_dev_minor : 0;
}

/* op_init: every capability is set or cleared here, since libfuse's defaults differ between versions. */
static void op_init(void *userdata, struct fuse_conn_info *conn)
{
	struct door *d = userdata;
	unsigned want = FUSE_CAP_ASYNC_READ | FUSE_CAP_ATOMIC_O_TRUNC | FUSE_CAP_EXPORT_SUPPORT | FUSE_CAP_DONT_MASK |
	                FUSE_CAP_READDIRPLUS | FUSE_CAP_READDIRPLUS_AUTO | FUSE_CAP_ASYNC_DIO |
	                FUSE_CAP_PARALLEL_DIROPS | FUSE_CAP_POSIX_ACL | FUSE_CAP_CACHE_SYMLINKS |
	                FUSE_CAP_NO_OPENDIR_SUPPORT | FUSE_CAP_EXPLICIT_INVAL_DATA;
	conn->want = want & conn->capable; /* and so no WRITEBACK_CACHE, no HANDLE_KILLPRIV, no lock forwarding */
	d->no_opendir = conn->want & FUSE_CAP_NO_OPENDIR_SUPPORT;
	conn->max_write = REPLY_MAX;
	conn->max_background = BACKGROUND_MAX;
	conn->congestion_threshold = BACKGROUND_MAX * 3 / 4;
	conn->time_gran = 1;
	if (!(conn->want & FUSE_CAP_POSIX_ACL))
		log_warn(AREA_FS, "this kernel does not enforce POSIX ACLs for FUSE");
}

static void tell_inode(void *ctx, uint64_t ino, bool data)
{
	struct door *d = ctx;
	int e = fuse_lowlevel_notify_inval_inode(d->se, ino, data ? 0 : -1, 0);
	if (e && e != -ENOENT)
		log_debug(AREA_FS, LOG_INO ": the kernel kept its cache: %s", ino, strerror(-e));
}

static void tell_entry(void *ctx, uint64_t parent, const char *name, size_t len)
{
	struct door *d = ctx;
	int e = fuse_lowlevel_notify_inval_entry(d->se, parent, name, len);
	if (e && e != -ENOENT)
		log_debug(AREA_FS, LOG_INO ": the kernel kept an entry: %s", parent, strerror(-e));
}

static void tell_deleted(void *ctx, uint64_t parent, uint64_t child, const char *name, size_t len)
{
	struct door *d = ctx;
	if (fuse_lowlevel_notify_delete(d->se, parent, child, name, len))
		tell_entry(ctx, parent, name, len);
}

static int session_new(struct door *d, const char *options)
{
	struct fuse_lowlevel_ops ops = { .init = op_init };
	char joined[1024];
	int n = snprintf(joined, sizeof(joined), "fsname=cloudseal,subtype=cloudseal,default_permissions%s%s%s",
	                 geteuid() ? "" : ",allow_other", options && *options ? "," : "", options ? options : "");
	if (n < 0 || (size_t)n >= sizeof(joined))
		return ENAMETOOLONG;
	char name[] = "cloudseal", flag[] = "-o";
	char *argv[] = { name, flag, joined, NULL };
	struct fuse_args args = FUSE_ARGS_INIT(3, argv);
	ops_names(&ops);
	ops_attr(&ops);
	ops_dir(&ops);
	ops_file(&ops);
	ops_read(&ops);
	ops_write(&ops);
	d->se = fuse_session_new(&args, &ops, sizeof(ops), d);
	fuse_opt_free_args(&args);
	return d->se ? 0 : EINVAL;
}

static int door_start(struct door *d, const char *options, struct why *why)
{
	int err = pthread_mutex_init(&d->read_lock, NULL);
	if (!err)
		err = writer_open(d);
	if (!err)
		err = session_new(d, options);
	if (err) {
		why_set(why, ERR_INVAL, "mount options not understood, or no memory: %s", options ? options : "");
		return err;
	}
	errno = 0;
	if (fuse_session_mount(d->se, d->mountpoint)) {
		err = errno ? errno : EIO;
		why_set(why, ERR_IO, "cannot mount at %s: %s", d->mountpoint, strerror(err));
		return err;
	}
	d->mounted = true;
	d->number = number_at(d->mountpoint);
	struct fs_notify_ops tell = { tell_inode, tell_entry, tell_deleted, d };
	fs_set_notify(d->fs, &tell);
	return 0;
}

int door_mount(struct fs *fs, const char *mountpoint, const char *options, struct door **ret, struct why *why)
{
	struct door *d = calloc(1, sizeof(*d));
	if (!d)
		return ENOMEM;
	d->fs = fs;
	d->mountpoint = strdup(mountpoint);
	int err = d->mountpoint ? door_start(d, options, why) : ENOMEM;
	if (err)
		door_free(d);
	else
		*ret = d;
	return err;
}

/* libfuse's loop sleeps in sem_wait, which a signal ends: it then sees that the session is over. */
#define WAKE SIGUSR1
static void on_wake(int sig)
{
	(void)sig;
}

int door_loop(struct door *d)
{
	struct fuse_loop_config *cfg = fuse_loop_cfg_create();
	if (!cfg)
		return ENOMEM;
	fuse_loop_cfg_set_clone_fd(cfg, 0);
	fuse_loop_cfg_set_max_threads(cfg, THREADS_MAX);
	fuse_loop_cfg_set_idle_threads(cfg, THREADS_IDLE);
	struct sigaction nothing = { .sa_handler = on_wake };
	if (sigaction(WAKE, &nothing, NULL)) {
		fuse_loop_cfg_destroy(cfg);
		return errno;
	}
	d->loop = pthread_self();
	d->looping = true;
	int e = fuse_session_loop_mt(d->se, cfg);
	d->looping = false;
	fuse_loop_cfg_destroy(cfg);
	return e < 0 ? -e : 0; /* a positive answer is a signal that ended it */
}

/* here: ours is what is mounted there; where its number is not known, it is taken for it. */
static bool here(const struct door *d)
{
	return !d->number || number_at(d->mountpoint) == d->number;
}

/* hidden: it is in this namespace, under another mount or moved. */
static bool hidden(const struct door *d)
{
	cleanup_file FILE *f = fopen("/proc/self/mountinfo", "re");
	cleanup_free char *line = NULL;
	size_t cap = 0;
	unsigned major, minor;
	while (f && getline(&line, &cap, f) > 0)
		if (sscanf(line, "%*d %*d %u:%u", &major, &minor) == 2 && !major && minor == d->number)
			return true;
	return false;
}

/* cut: through the connection's control file, which its owner may write. */
static int cut(const struct door *d)
{
	char path[64];
	snprintf(path, sizeof(path), "/sys/fs/fuse/connections/%u/abort", d->number);
	cleanup_fd int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "1", 1) != 1)
		return errno;
	return 0;
}

/* leave_loop: where there is no control file: door_loop ends, and closing the session cuts the kernel off. Repeated,
 * since a signal just before the sleep is lost. */
static int leave_loop(struct door *d)
{
	const struct timespec pause = { .tv_nsec = 50000000 };
	fuse_session_exit(d->se);
	for (int i = 0; d->looping && i < 200; i++) {
		pthread_kill(d->loop, WAKE);
		nanosleep(&pause, NULL);
	}
	return d->looping ? ETIMEDOUT : 0;
}

static bool connected(const struct door *d)
{
	struct pollfd p = { .fd = d->mounted ? fuse_session_fd(d->se) : -1 };
	return p.fd >= 0 && poll(&p, 1, 0) >= 0 && !(p.revents & POLLERR);
}

/* session_ends: the last unmount has closed it when it returns, or about then. */
static bool session_ends(const struct door *d)
{
	const struct timespec pause = { .tv_nsec = 10000000 };
	for (int i = 0; connected(d) && i < ENDS_MS / 10; i++)
		nanosleep(&pause, NULL);
	return !connected(d);
}

/* write_back: pages that a program changed through mmap. The last unmount does it; one that leaves a copy of the mount
 * in another namespace does not. */
static void write_back(const char *mountpoint)
{
	cleanup_fd int fd = open(mountpoint, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0 && syncfs(fd))
		log_warn(AREA_FS, "not all that programs changed through mmap could be written: %s", strerror(errno));
}

static int unmount_here(struct door *d, bool lazy, struct why *why)
{
	struct why cause = { 0 };
	if (!lazy)
		write_back(d->mountpoint);
	int err = unmounting(d->mountpoint, lazy ? MNT_DETACH : 0, &cause);
	if (err)
		why_set(why, err == EBUSY ? ERR_BUSY : ERR_IO, "cannot unmount %.200s: %s", d->mountpoint, cause.text);
	return err;
}

int door_unmount(struct door *d, bool lazy, struct why *why)
{
	int err = 0;
	if (here(d))
		err = unmount_here(d, lazy, why);
	else if (hidden(d))
		err = EBUSY;
	if (err || lazy || session_ends(d))
		return err;
	log_warn(AREA_FS, "%s was still mounted elsewhere (another mount namespace): that is cut off", d->mountpoint);
	fs_leave(d->fs);
	if (cut(d))
		err = leave_loop(d);
	if (err)
		why_set(why, ERR_IO, "what else is a mount of %.200s cannot be cut off", d->mountpoint);
	return err;
}

int door_abort(struct door *d)
{
	bool mounted = here(d);
	fs_leave(d->fs); /* the loop waits for its threads */
	if (mounted && !umount2(d->mountpoint, MNT_FORCE | MNT_DETACH))
		return 0;
	int err = cut(d);
	int later = mounted ? unmount_here(d, true, NULL) : 0;
	if (err)
		err = leave_loop(d);
	return err ? err : later;
}

void door_cut(struct door *d)
{
	if (connected(d) && door_abort(d))
		log_warn(AREA_FS, "%s: cannot cut the mount off", d->mountpoint);
}

void door_free(struct door *d)
{
	if (!d)
		return;
	door_cut(d); /* before waiting for a notification that may wait for the kernel */
	fs_set_notify(d->fs, NULL);
	if (d->mounted)
		fuse_session_unmount(d->se);
	writer_close(d);
	if (d->se)
		fs_reads_stop(d->fs); /* a cut mount leaves reads behind: their answers need session and door */
	if (d->se)
		fuse_session_destroy(d->se);
	pthread_mutex_destroy(&d->read_lock);
	free(d->mountpoint);
	free(d);
}

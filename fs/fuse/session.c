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
#include "util/process.h"

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
 * far above the reads that may wait for the store at once. */
#define BACKGROUND_MAX 4096

/* number_at: of the connection that is mounted exactly there; 0: none. Asks the kernel only. */
static unsigned number_at(const char *mountpoint)
{
	struct statx sx;
	bool root = !statx(AT_FDCWD, mountpoint, AT_STATX_DONT_SYNC, STATX_TYPE, &sx) &&
	            sx.stx_attributes & STATX_ATTR_MOUNT_ROOT;
	return root && !sx.stx_dev_major ? sx.stx_dev_minor : 0;
}

/* op_init: every capability is set or cleared here, since libfuse's defaults differ between versions. Left out, since
 * they trade away what a local disk gives:
 * - WRITEBACK_CACHE: sizes and times are the kernel's then, whatever other devices do.
 * - ASYNC_DIO: an O_DIRECT write ends after the kernel dropped the cached pages of its range for the last time. A
 * reader meanwhile brings old ones back, to stay, and the next store through mmap has them written over the new bytes.
 *   Without it io_submit waits, and io_uring does that on threads of its own.
 * - NO_OPENDIR_SUPPORT: lists of directories that are old (ops_dir.c).
 */
static void op_init(void *userdata, struct fuse_conn_info *conn)
{
	(void)userdata;
	unsigned want = FUSE_CAP_ASYNC_READ | FUSE_CAP_ATOMIC_O_TRUNC | FUSE_CAP_EXPORT_SUPPORT | FUSE_CAP_DONT_MASK |
	                FUSE_CAP_READDIRPLUS | FUSE_CAP_READDIRPLUS_AUTO | FUSE_CAP_PARALLEL_DIROPS |
	                FUSE_CAP_POSIX_ACL | FUSE_CAP_CACHE_SYMLINKS | FUSE_CAP_EXPLICIT_INVAL_DATA;
	conn->want = want & conn->capable; /* and so no HANDLE_KILLPRIV, no lock forwarding */
	conn->max_write = REPLY_MAX;
	conn->max_background = BACKGROUND_MAX;
	conn->congestion_threshold = BACKGROUND_MAX * 3 / 4;
	conn->time_gran = 1;
	if (!(conn->want & FUSE_CAP_POSIX_ACL))
		log_warn(AREA_FS, "this kernel does not enforce POSIX ACLs for FUSE");
}

static void tell_inode(void *ctx, uint64_t ino, bool data)
{
	struct session *s = ctx;
	int e = fuse_lowlevel_notify_inval_inode(s->se, ino, data ? 0 : -1, 0);
	if (e && e != -ENOENT)
		log_debug(AREA_FS, LOG_INO ": the kernel kept its cache: %s", ino, strerror(-e));
}

static void tell_entry(void *ctx, uint64_t parent, const char *name, size_t len)
{
	struct session *s = ctx;
	int e = fuse_lowlevel_notify_inval_entry(s->se, parent, name, len);
	if (e && e != -ENOENT)
		log_debug(AREA_FS, LOG_INO ": the kernel kept an entry: %s", parent, strerror(-e));
}

static void tell_deleted(void *ctx, uint64_t parent, uint64_t child, const char *name, size_t len)
{
	struct session *s = ctx;
	if (fuse_lowlevel_notify_delete(s->se, parent, child, name, len))
		tell_entry(ctx, parent, name, len);
}

static int libfuse_new(struct session *s, const char *options)
{
	struct fuse_lowlevel_ops ops = { .init = op_init };
	char joined[1024];
	int n = snprintf(joined, sizeof(joined), "subtype=cloudseal,default_permissions%s%s",
	                 options && *options ? "," : "", options ? options : "");
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
	s->se = fuse_session_new(&args, &ops, sizeof(ops), s);
	fuse_opt_free_args(&args);
	return s->se ? 0 : EINVAL;
}

static int session_start(struct session *s, const char *options, struct why *why)
{
	int err = pthread_mutex_init(&s->read_lock, NULL);
	if (!err)
		err = writer_open(s);
	if (!err)
		err = libfuse_new(s, options);
	if (err) {
		why_set(why, ERR_INVAL, "mount options not understood, or no memory: %s", options ? options : "");
		return err;
	}
	if (process_keep_descriptors())
		log_warn(AREA_FS, "the helper that mounts may get sockets of libraries");
	errno = 0;
	if (fuse_session_mount(s->se, s->mountpoint)) {
		err = errno ? errno : EIO;
		why_set(why, ERR_IO, "cannot mount at %s: %s", s->mountpoint, strerror(err));
		return err;
	}
	s->mounted = true;
	s->number = number_at(s->mountpoint);
	struct fs_notify_ops tell = { tell_inode, tell_entry, tell_deleted, s };
	fs_set_notify(s->fs, &tell);
	return 0;
}

int session_mount(struct fs *fs, const char *mountpoint, const char *options, struct session **ret, struct why *why)
{
	struct session *s = calloc(1, sizeof(*s));
	if (!s)
		return ENOMEM;
	s->fs = fs;
	s->mountpoint = strdup(mountpoint);
	int err = s->mountpoint ? session_start(s, options, why) : ENOMEM;
	if (err)
		session_free(s);
	else
		*ret = s;
	return err;
}

/* libfuse's loop sleeps in sem_wait, which a signal ends: it then sees that the session is over. */
#define WAKE SIGUSR1
static void on_wake(int sig)
{
	(void)sig;
}

int session_loop(struct session *s)
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
	s->loop = pthread_self();
	s->looping = true;
	int e = fuse_session_loop_mt(s->se, cfg);
	s->looping = false;
	fuse_loop_cfg_destroy(cfg);
	return e < 0 ? -e : 0; /* a positive answer is a signal that ended it */
}

/* here: ours is what is mounted there; where its number is not known, it is taken for it. */
static bool here(const struct session *s)
{
	return !s->number || number_at(s->mountpoint) == s->number;
}

/* hidden: it is in this namespace, under another mount or moved. */
static bool hidden(const struct session *s)
{
	cleanup_file FILE *f = fopen("/proc/self/mountinfo", "re");
	cleanup_free char *line = NULL;
	size_t cap = 0;
	unsigned major, minor;
	while (f && getline(&line, &cap, f) > 0)
		if (sscanf(line, "%*d %*d %u:%u", &major, &minor) == 2 && !major && minor == s->number)
			return true;
	return false;
}

/* cut: through the connection's control file, which its owner may write. */
static int cut(const struct session *s)
{
	char path[64];
	snprintf(path, sizeof(path), "/sys/fs/fuse/connections/%u/abort", s->number);
	cleanup_fd int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "1", 1) != 1)
		return errno;
	return 0;
}

/* leave_loop: where there is no control file: session_loop ends, and closing the session cuts the kernel off. Repeated,
 * since a signal just before the sleep is lost. */
static int leave_loop(struct session *s)
{
	const struct timespec pause = { .tv_nsec = 50000000 };
	fuse_session_exit(s->se);
	for (int i = 0; s->looping && i < 200; i++) {
		pthread_kill(s->loop, WAKE);
		nanosleep(&pause, NULL);
	}
	return s->looping ? ETIMEDOUT : 0;
}

/* leave: nothing that the kernel asked for waits any longer, since the loop waits for its threads. */
static void leave(struct session *s)
{
	fs_leave(s->fs);
	writer_leave(s);
}

static bool connected(const struct session *s)
{
	struct pollfd p = { .fd = s->mounted ? fuse_session_fd(s->se) : -1 };
	return p.fd >= 0 && poll(&p, 1, 0) >= 0 && !(p.revents & POLLERR);
}

/* ends_soon: the last unmount has closed it when it returns, or about then. */
static bool ends_soon(const struct session *s)
{
	const struct timespec pause = { .tv_nsec = 10000000 };
	for (int i = 0; connected(s) && i < ENDS_MS / 10; i++)
		nanosleep(&pause, NULL);
	return !connected(s);
}

/* write_back: pages that a program changed through mmap. The last unmount does it; one that leaves a copy of the mount
 * in another namespace does not. */
static void write_back(const char *mountpoint)
{
	cleanup_fd int fd = open(mountpoint, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0 && syncfs(fd))
		log_warn(AREA_FS, "not all that programs changed through mmap could be written: %s", strerror(errno));
}

static int unmount_here(struct session *s, bool lazy, struct why *why)
{
	struct why cause = { 0 };
	if (!lazy)
		write_back(s->mountpoint);
	int err = unmounting(s->mountpoint, lazy ? MNT_DETACH : 0, &cause);
	if (err)
		why_set(why, err == EBUSY ? ERR_BUSY : ERR_IO, "cannot unmount %.200s: %s", s->mountpoint, cause.text);
	return err;
}

unsigned session_number(const struct session *s)
{
	return s->number;
}

/* in_use: whoever asks sees the processes; here it is known that there are some. */
static int in_use(const struct session *s, enum session_others others, struct why *why)
{
	if (others == OTHERS_CUT || !s->open)
		return 0;
	why_set(why, ERR_BUSY, "files or directories in it are in use");
	return EBUSY;
}

int session_unmount(struct session *s, enum session_others others, struct why *why)
{
	int err = in_use(s, others, why);
	if (err)
		return err;
	if (here(s))
		err = unmount_here(s, false, why);
	else if (hidden(s))
		err = EBUSY;
	if (err || ends_soon(s))
		return err;
	err = in_use(s, others, why); /* opened meanwhile */
	if (err)
		return err;
	log_warn(AREA_FS, "%s was still mounted elsewhere (another mount namespace): that is cut off", s->mountpoint);
	leave(s);
	if (cut(s))
		err = leave_loop(s);
	if (err)
		why_set(why, ERR_IO, "what else is a mount of %.200s cannot be cut off", s->mountpoint);
	return err;
}

int session_abort(struct session *s)
{
	bool mounted = here(s);
	leave(s);
	if (mounted && !umount2(s->mountpoint, MNT_FORCE | MNT_DETACH))
		return 0;
	int err = cut(s);
	int later = mounted ? unmount_here(s, true, NULL) : 0;
	if (err)
		err = leave_loop(s);
	return err ? err : later;
}

void session_disconnect(struct session *s)
{
	if (connected(s) && session_abort(s))
		log_warn(AREA_FS, "%s: cannot cut the mount off", s->mountpoint);
}

void session_parked(struct session *s, struct session_parked *ret)
{
	writer_parked(s, ret);
}

void session_free(struct session *s)
{
	if (!s)
		return;
	session_disconnect(s); /* before waiting for a notification that may wait for the kernel */
	fs_set_notify(s->fs, NULL);
	if (s->mounted)
		fuse_session_unmount(s->se);
	writer_close(s);
	if (s->se)
		fs_reads_stop(s->fs); /* a cut mount leaves reads behind: their answers need the session */
	if (s->se)
		fuse_session_destroy(s->se);
	pthread_mutex_destroy(&s->read_lock);
	free(s->mountpoint);
	free(s);
}

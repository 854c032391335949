/* SPDX-License-Identifier: MIT */
#include "cli/daemon/daemon.h"

#include "cli/daemon/desktop.h"
#include "cli/daemon/mount_guard.h"
#include "cli/daemon/mounted_vault_control.h"
#include "cli/daemon/notify.h"
#include "cli/ui/escape.h"
#include "cli/ui/exit.h"
#include "cli/ui/log_env.h"
#include "fs/fuse/session.h"
#include "util/cleanup.h"
#include "util/log.h"
#include "util/process.h"
#include "util/trace.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define LOG_MAX (4 << 20)

void daemon_note_descriptors(struct daemon *d)
{
	for (int fd = 3; fd < INHERITED_MAX; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			d->inherited[fd / 8] |= (uint8_t)(1u << fd % 8);
}

static int wait_for_child(pid_t pid, int from)
{
	char byte;
	ssize_t n;
	int status;
	do
		n = read(from, &byte, 1);
	while (n < 0 && errno == EINTR);
	if (n == 1)
		return EXIT_OK;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return EXIT_FAILED;
	if (WIFSIGNALED(status))
		return exit_say(EXIT_FAILED, "the daemon was ended by signal %d: its log may tell why",
		                WTERMSIG(status));
	return WEXITSTATUS(status) ? WEXITSTATUS(status) : EXIT_FAILED;
}

enum daemon_side daemon_fork(struct daemon *d, int *ret_code)
{
	int p[2];
	d->report = -1;
	if (d->options->foreground)
		return DAEMON_CHILD;
	if (pipe2(p, O_CLOEXEC)) {
		*ret_code = exit_say(EXIT_FAILED, "cannot start the daemon: %s", strerror(errno));
		return DAEMON_PARENT;
	}
	fflush(NULL);
	pid_t pid = fork();
	if (pid == 0) {
		close(p[0]);
		d->report = p[1];
		return DAEMON_CHILD;
	}
	close(p[1]);
	*ret_code = pid < 0 ? exit_say(EXIT_FAILED, "cannot start the daemon: %s", strerror(errno))
	                    : wait_for_child(pid, p[0]);
	close(p[0]);
	return DAEMON_PARENT;
}

/* open_log: the log file; the last one is kept when it has grown large. */
static int open_log(const struct vault_dir *v)
{
	struct stat st;
	if (!fstatat(v->fd, "log", &st, AT_SYMLINK_NOFOLLOW) && st.st_size > LOG_MAX &&
	    renameat(v->fd, "log", v->fd, "log.old"))
		log_warn(AREA_CLI, "cannot turn the log over");
	return openat(v->fd, "log", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
}

/* greet: what a person who typed `mount` wants to know; mount(8) says nothing when all is well. */
static void greet(const struct daemon *d)
{
	if (d->options->source)
		return;
	escape_print(stdout, "Mounted at %s", d->mount_point);
	fflush(stdout);
}

/* detach: from terminal, caller's descriptors and directory; then the parent may go. Called once all is served. */
static err_t detach(struct daemon *d)
{
	cleanup_fd int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int log = open_log(&d->dir);
	if (log < 0 || null < 0 || chdir("/") || (setsid() < 0 && errno != EPERM))
		return ERR_IO;
	log_to(log_env(LOG_INFO, NULL), log); /* stays open until the process ends */
	greet(d);
	for (int fd = 0; fd < 3; fd++)
		if (dup2(null, fd) < 0)
			return ERR_IO;
	for (int fd = 3; fd < INHERITED_MAX; fd++)
		if (d->inherited[fd / 8] & 1u << fd % 8)
			close(fd);
	ssize_t n = write(d->report, "+", 1);
	close(d->report);
	return n == 1 ? ERR_OK : ERR_IO;
}

/* Signals that mean lock: handled on a thread of their own, since unmounting makes the kernel ask us things. */
struct watcher {
	pthread_t thread;
	struct mounted_vault *vault;
	int signals, stop;
};

/* lock_now: a second signal ends the uploading of what is left. */
static void lock_now(struct watcher *w)
{
	struct session *s = w->vault->session;
	if (leaving_now(&w->vault->leaving) || !session_unmount(s, OTHERS_CUT, NULL))
		return;
	log_warn(AREA_CLI, "files are still open: the mount is cut off");
	if (session_abort(s))
		log_error(AREA_CLI, "cannot unmount");
}

static void *watch(void *arg)
{
	process_name_thread("signals");
	struct watcher *w = arg;
	for (;;) {
		struct pollfd p[2] = { { .fd = w->signals, .events = POLLIN }, { .fd = w->stop, .events = POLLIN } };
		struct signalfd_siginfo info;
		if (poll(p, 2, -1) < 0 && errno != EINTR)
			return NULL;
		if (p[1].revents)
			return NULL;
		if (p[0].revents && read(w->signals, &info, sizeof(info)) == sizeof(info)) {
			log_info(AREA_CLI, "signal %u: locking", info.ssi_signo);
			lock_now(w);
		}
	}
}

static void lock_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGHUP);
}

err_t daemon_block_signals(void)
{
	sigset_t set;
	lock_signals(&set);
	return pthread_sigmask(SIG_BLOCK, &set, NULL) ? ERR_IO : ERR_OK;
}

static err_t watcher_start(struct watcher *w, struct mounted_vault *vault)
{
	sigset_t set;
	lock_signals(&set);
	*w = (struct watcher){ .vault = vault,
		               .signals = signalfd(-1, &set, SFD_CLOEXEC),
		               .stop = eventfd(0, EFD_CLOEXEC) };
	if (w->signals < 0 || w->stop < 0 || pthread_create(&w->thread, NULL, watch, w))
		return ERR_NOMEM;
	return ERR_OK;
}

static void watcher_stop(struct watcher *w)
{
	if (eventfd_write(w->stop, 1))
		log_error(AREA_CLI, "cannot end the signal thread");
	pthread_join(w->thread, NULL);
	close(w->signals);
	close(w->stop);
}

static void remove_mount_point(struct daemon *d)
{
	char parent[PATH_MAX];
	if (!d->made_mount_point || rmdir(d->mount_point))
		return;
	d->made_mount_point = false; /* whoever makes it from now on is another */
	snprintf(parent, sizeof(parent), "%s", d->mount_point);
	*strrchr(parent, '/') = 0;
	rmdir(parent); /* ~/cloudseal, when it is empty now */
}

/* say: to the service manager of a daemon in front (Type=notify). One in the background is nobody's service. */
static void say(const struct daemon *d, const char *lines)
{
	err_t e = d->report < 0 ? notify_send(lines) : ERR_OK;
	if (e)
		log_warn(AREA_CLI, "cannot tell the service manager: %s", err_text(e));
}

static void say_mounted(const struct daemon *d)
{
	char lines[PATH_MAX + 64];
	escape_print(stderr, "cloudseal: %s is mounted at %s", d->dir.name, d->mount_point);
	snprintf(lines, sizeof(lines), "READY=1\nSTATUS=mounted at %s", d->mount_point);
	for (char *p = lines + strlen("READY=1\n"); *p; p++)
		if (*p == '\n')
			*p = ' '; /* the name of a directory is no message */
	say(d, lines);
}

/* leave: what is left is uploaded; what is left then is told where nobody else does. */
static void leave(const struct daemon *d, struct mounted_vault *v)
{
	struct last left;
	char said[256], title[128], status[300];
	leaving_run(v, d->report < 0, &left);
	if (!last_pending(&left))
		return;
	last_said(&left, said, sizeof(said));
	snprintf(title, sizeof(title), "%s is locked", d->dir.name);
	snprintf(status, sizeof(status), "STATUS=locked: %s", said);
	say(d, status);
	if (leaving_heard(&v->leaving))
		return;
	if (d->report < 0)
		fprintf(stderr, "cloudseal: %s: %s\n", d->dir.name, said);
	desktop_tell(title, said);
}

/* serve_mounted: from mounted to unmounted. */
static err_t serve_mounted(struct daemon *d, struct mounted_vault *v, struct why *why)
{
	struct watcher w;
	err_t r = watcher_start(&w, v);
	if (r)
		return r;
	r = mounted_vault_serve(v, why);
	if (!r && d->report >= 0)
		r = detach(d) ? why_set(why, ERR_IO,
		                        "cannot go to the background: can the log in the state directory be written?")
		              : ERR_OK;
	else if (!r)
		say_mounted(d);
	if (!r) {
		log_info(AREA_CLI, "mounted at %s", d->mount_point);
		TRACE(mounted);
		int err = session_loop(v->session);
		if (err)
			r = why_set(why, ERR_IO, "serving the mount failed: %s: its log tells more", strerror(err));
	}
	session_disconnect(v->session); /* the watcher may wait for an answer of ours */
	say(d, "STOPPING=1\nSTATUS=locking");
	remove_mount_point(d);
	if (!r)
		leave(d, v);
	watcher_stop(&w);
	return r;
}

/* mount_options: the source of the mount is what stands in fstab, so that mount(8) knows it again; else the vault's
 * name. */
static void mount_options(const struct daemon *d, char *out, size_t n)
{
	const char *kernel = d->mount_options.kernel, *source = d->options->source;
	snprintf(out, n, "%s%sfsname=%s", kernel, *kernel ? "," : "", source ? source : d->dir.name);
}

/* mount_it: the kernel shows the vault, and under it the folder is closed. */
static err_t mount_it(const struct daemon *d, struct mounted_vault *v, struct why *why)
{
	bool by_hand = d->options->nargs > 1 && !d->options->source;
	const struct mount_guarded what = { .vault = &d->dir,
		                            .dir = d->mount_point,
		                            .lasting =
		                                    d->options->source || (!by_hand && v->conf.text[CONF_MOUNT_POINT]),
		                            .removed = d->made_mount_point };
	struct mount_guard g;
	char options[512];
	mount_options(d, options, sizeof(options));
	err_t r = mount_guard_begin(&g, d->mount_point, why);
	if (!r)
		r = session_mount(v->fs, d->mount_point, options, &v->session, why) ? ERR_IO : ERR_OK;
	if (!r)
		r = mount_guard_cover(&g, &what, why);
	mount_guard_end(&g, !r);
	return r;
}

int daemon_serve(struct daemon *d, struct mounted_vault *v)
{
	struct why why = { 0 };
	snprintf(v->mount_point, sizeof(v->mount_point), "%s", d->mount_point);
	err_t r = mount_it(d, v, &why);
	if (!r)
		r = serve_mounted(d, v, &why);
	err_t closed = mounted_vault_close(v);
	remove_mount_point(d); /* if it was still mounted before */
	log_info(AREA_CLI, "locked");
	if (r)
		return exit_fail(r, d->dir.name, &why);
	return closed ? exit_fail(closed, d->dir.name, NULL) : EXIT_OK;
}

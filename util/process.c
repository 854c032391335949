/* SPDX-License-Identifier: MIT */
#include "util/process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <malloc.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

static struct process_log the_log = { .fd = STDERR_FILENO, .level = { 1, 1, 1, 1, 1, 1, 1, 1 } }; /* LOG_WARN */

static _Thread_local uint64_t the_operation;
static _Thread_local const char *the_thread_name;

/* The guard: set only inside process_guarded_copy, on the thread that copies. */
static _Thread_local sigjmp_buf *volatile the_guard;
static struct sigaction the_old_sigbus;
static pthread_once_t the_sigbus_once = PTHREAD_ONCE_INIT;
static err_t the_sigbus_result;

/* Signals that would leave a terminal without echo, and the one that is without. */
static const int the_quiet_signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU };
#define QUIET_SIGNALS (sizeof(the_quiet_signals) / sizeof(the_quiet_signals[0]))
static struct {
	bool quiet_now;
	int fd;
	struct termios loud, quiet;
	struct sigaction old[QUIET_SIGNALS];
} the_terminal;

static _Atomic(void *) the_kept[PROCESS_KEPT];
static pthread_mutex_t the_curl_lock = PTHREAD_MUTEX_INITIALIZER;
static bool the_curl_done; /* the_curl_lock */

struct process_log *process_log(void)
{
	return &the_log;
}

_Atomic(void *) *process_kept(unsigned which)
{
	return &the_kept[which];
}

uint64_t *process_operation(void)
{
	return &the_operation;
}

void process_name_thread(const char *name)
{
	if (the_thread_name != name)
		prctl(PR_SET_NAME, name);
	the_thread_name = name;
}

err_t process_harden(void)
{
	struct rlimit none = { 0, 0 };
	return setrlimit(RLIMIT_CORE, &none) || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) ? ERR_IO : ERR_OK;
}

/* -- a terminal without echo ------------------------------------------------------------------------------------- */

static void quiet_signals(sigset_t *set)
{
	sigemptyset(set);
	for (size_t i = 0; i < QUIET_SIGNALS; i++)
		sigaddset(set, the_quiet_signals[i]);
}

/* on_quiet_signal: as if the terminal had never been changed; with what stops, it is changed again behind that, where
 * the terminal is still ours. Only what may be called in a handler. */
static void on_quiet_signal(int sig)
{
	int was = errno;
	sigset_t one;
	struct sigaction usual = { .sa_handler = SIG_DFL }, ours;
	tcsetattr(the_terminal.fd, TCSAFLUSH, &the_terminal.loud);
	sigaction(sig, &usual, &ours);
	raise(sig);
	sigemptyset(&one);
	sigaddset(&one, sig);
	pthread_sigmask(SIG_UNBLOCK, &one, NULL);
	pthread_sigmask(SIG_BLOCK, &one, NULL);
	sigaction(sig, &ours, NULL);
	if (tcgetpgrp(the_terminal.fd) == getpgrp())
		tcsetattr(the_terminal.fd, TCSAFLUSH, &the_terminal.quiet);
	errno = was;
}

/* take_signals: but for those that the caller wants ignored (nohup). */
static bool take_signals(void)
{
	struct sigaction ours = { .sa_handler = on_quiet_signal, .sa_flags = SA_RESTART };
	bool good = true;
	quiet_signals(&ours.sa_mask);
	for (size_t i = 0; i < QUIET_SIGNALS; i++) {
		struct sigaction *old = &the_terminal.old[i];
		good &= !sigaction(the_quiet_signals[i], NULL, old) &&
		        (old->sa_handler == SIG_IGN || !sigaction(the_quiet_signals[i], &ours, NULL));
	}
	return good;
}

err_t process_quiet(int fd)
{
	sigset_t set, old;
	if (the_terminal.quiet_now)
		return ERR_OK;
	if (tcgetattr(fd, &the_terminal.loud))
		return ERR_IO;
	the_terminal.fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	the_terminal.quiet = the_terminal.loud;
	the_terminal.quiet.c_lflag &= (tcflag_t) ~(ECHO | ECHOE | ECHOK | ECHONL);
	quiet_signals(&set);
	pthread_sigmask(SIG_BLOCK, &set, &old);
	the_terminal.quiet_now = take_signals() && !tcsetattr(the_terminal.fd, TCSAFLUSH, &the_terminal.quiet);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return the_terminal.quiet_now ? ERR_OK : ERR_IO;
}

void process_loud(void)
{
	sigset_t set, old;
	if (!the_terminal.quiet_now)
		return;
	quiet_signals(&set);
	pthread_sigmask(SIG_BLOCK, &set, &old);
	tcsetattr(the_terminal.fd, TCSAFLUSH, &the_terminal.loud);
	for (size_t i = 0; i < QUIET_SIGNALS; i++)
		sigaction(the_quiet_signals[i], &the_terminal.old[i], NULL);
	the_terminal.quiet_now = false;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	close(the_terminal.fd);
}

/* -- descriptors ------------------------------------------------------------------------------------------------- */

/* shut_one: as close_range(2) does with these flags. */
static bool shut_one(int fd, unsigned flags)
{
	return (flags ? fcntl(fd, F_SETFD, FD_CLOEXEC) : close(fd)) == 0;
}

/* shut_listed: for kernels that do not know close_range with these flags. */
static err_t shut_listed(unsigned flags)
{
	DIR *d = opendir("/proc/self/fd");
	bool good = d != NULL;
	for (const struct dirent *entry; d && (entry = readdir(d));) {
		int fd = atoi(entry->d_name); /* "." is 0 */
		good &= fd <= STDERR_FILENO || fd == dirfd(d) || shut_one(fd, flags);
	}
	return d && !closedir(d) && good ? ERR_OK : ERR_IO;
}

static err_t shut(unsigned flags)
{
	return syscall(SYS_close_range, STDERR_FILENO + 1u, ~0u, flags) ? shut_listed(flags) : ERR_OK;
}

err_t process_keep_descriptors(void)
{
	int fd = 0;
	while (fd >= 0 && fd <= STDERR_FILENO)
		fd = open("/dev/null", O_RDWR); /* the lowest that is free */
	if (fd < 0)
		return ERR_IO;
	close(fd);
	return shut(CLOSE_RANGE_CLOEXEC);
}

err_t process_close_descriptors(void)
{
	return shut(0);
}

/* ---------------------------------------------------------------------------------------------------------------- */

err_t process_one_heap(void)
{
#ifdef M_ARENA_MAX
	if (!mallopt(M_ARENA_MAX, 1))
		return ERR_INVAL;
#endif
	return ERR_OK;
}

void process_trim(void)
{
#ifdef __GLIBC__
	(void)malloc_trim(0);
#endif
}

err_t process_curl_once(err_t (*init)(void))
{
	err_t e = ERR_OK;
	pthread_mutex_lock(&the_curl_lock);
	if (!the_curl_done)
		e = init();
	the_curl_done = e == ERR_OK;
	pthread_mutex_unlock(&the_curl_lock);
	return e;
}

static void on_sigbus(int sig, siginfo_t *info, void *context)
{
	(void)context;
	if (the_guard)
		siglongjmp(*the_guard, 1);
	sigaction(sig, &the_old_sigbus, NULL); /* not ours: let the default action happen on return */
	(void)info;
}

static void install_sigbus(void)
{
	struct sigaction sa = { .sa_sigaction = on_sigbus, .sa_flags = SA_SIGINFO | SA_NODEFER };
	sigemptyset(&sa.sa_mask);
	the_sigbus_result = sigaction(SIGBUS, &sa, &the_old_sigbus) ? ERR_IO : ERR_OK;
}

err_t process_sigbus_guard(void)
{
	if (pthread_once(&the_sigbus_once, install_sigbus))
		return ERR_IO;
	return the_sigbus_result;
}

err_t process_guarded_copy(void *to, const void *from, size_t n)
{
	sigjmp_buf here;
	if (sigsetjmp(here, 0)) {
		the_guard = NULL;
		return ERR_IO;
	}
	the_guard = &here;
	memcpy(to, from, n);
	the_guard = NULL;
	return ERR_OK;
}

err_t process_guarded_call(void (*fn)(void *ctx), void *ctx)
{
	sigjmp_buf here;
	if (sigsetjmp(here, 0)) {
		the_guard = NULL;
		return ERR_IO;
	}
	the_guard = &here;
	fn(ctx);
	the_guard = NULL;
	return ERR_OK;
}

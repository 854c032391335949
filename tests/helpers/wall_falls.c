/* SPDX-License-Identifier: MIT
 * For LD_PRELOAD (tests/e2e/clock_back.sh): the program's wall clock is set back by an hour, and again every 50 ms, so
 * that each wait meets it whenever it begins. What waits until a time of the wall clock waits as the kernel has it do:
 * until that clock shows the time. The monotonic clock, and waits on it, are left alone.
 */
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define NS INT64_C(1000000000)
#define HOUR (3600 * NS)
#define STEP (NS / 20)
#define CONDS 4096

static int64_t real_clock(clockid_t id)
{
	struct timespec ts = { 0 };
	syscall(SYS_clock_gettime, id, &ts);
	return ts.tv_sec * NS + ts.tv_nsec;
}

static int64_t wall(void)
{
	static int64_t began;
	int64_t now = real_clock(CLOCK_MONOTONIC), none = 0;
	__atomic_compare_exchange_n(&began, &none, now, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
	return real_clock(CLOCK_REALTIME) - (now - __atomic_load_n(&began, __ATOMIC_RELAXED)) / STEP * HOUR;
}

static bool is_wall(clockid_t id)
{
	return id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE || id == CLOCK_TAI;
}

static struct timespec timespec_of(int64_t ns)
{
	return (struct timespec){ ns / NS, ns % NS };
}

static void *next(const char *name)
{
	void *f = dlsym(RTLD_NEXT, name);
	if (!f)
		abort();
	return f;
}

int clock_gettime(clockid_t id, struct timespec *ts)
{
	if (!is_wall(id))
		return (int)syscall(SYS_clock_gettime, id, ts);
	*ts = timespec_of(wall());
	return 0;
}

time_t time(time_t *ret)
{
	time_t t = wall() / NS;
	if (ret)
		*ret = t;
	return t;
}

int gettimeofday(struct timeval *restrict tv, void *restrict tz)
{
	int64_t now = wall();
	(void)tz;
	*tv = (struct timeval){ now / NS, now % NS / 1000 };
	return 0;
}

/* --- condition variables: those that were given the monotonic clock; all others wait on the wall clock --- */
static pthread_mutex_t the_lock = PTHREAD_MUTEX_INITIALIZER;
static const void *the_mono[CONDS]; /* the_lock */

static size_t find(const void *c)
{
	size_t i = 0;
	while (i < CONDS && the_mono[i] != c)
		i++;
	return i;
}

static void note(const pthread_cond_t *c, bool mono)
{
	pthread_mutex_lock(&the_lock);
	size_t at = find(c);
	if (at < CONDS)
		the_mono[at] = NULL;
	if (mono) {
		at = find(NULL);
		if (at == CONDS)
			abort();
		the_mono[at] = c;
	}
	pthread_mutex_unlock(&the_lock);
}

int pthread_cond_init(pthread_cond_t *restrict c, const pthread_condattr_t *restrict attr)
{
	int (*real)(pthread_cond_t *, const pthread_condattr_t *) = next("pthread_cond_init");
	clockid_t id = CLOCK_REALTIME;
	if (attr && pthread_condattr_getclock(attr, &id))
		abort();
	note(c, id == CLOCK_MONOTONIC);
	return real(c, attr);
}

int pthread_cond_destroy(pthread_cond_t *c)
{
	int (*real)(pthread_cond_t *) = next("pthread_cond_destroy");
	note(c, false);
	return real(c);
}

int pthread_cond_clockwait(pthread_cond_t *restrict c, pthread_mutex_t *restrict m, clockid_t id,
                           const struct timespec *restrict until)
{
	int (*real)(pthread_cond_t *, pthread_mutex_t *, clockid_t, const struct timespec *) =
	        next("pthread_cond_clockwait");
	if (!is_wall(id))
		return real(c, m, id, until);
	int64_t end = until->tv_sec * NS + until->tv_nsec;
	while (wall() < end) {
		struct timespec slice = timespec_of(real_clock(CLOCK_MONOTONIC) + NS / 100);
		int rc = real(c, m, CLOCK_MONOTONIC, &slice);
		if (rc != ETIMEDOUT)
			return rc;
	}
	return ETIMEDOUT;
}

int pthread_cond_timedwait(pthread_cond_t *restrict c, pthread_mutex_t *restrict m,
                           const struct timespec *restrict until)
{
	pthread_mutex_lock(&the_lock);
	bool mono = find(c) < CONDS;
	pthread_mutex_unlock(&the_lock);
	return pthread_cond_clockwait(c, m, mono ? CLOCK_MONOTONIC : CLOCK_REALTIME, until);
}

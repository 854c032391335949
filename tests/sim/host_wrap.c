/* SPDX-License-Identifier: MIT
 * What stands in for the calls named in meson.build: "--wrap=f" makes every call of f in the product one of __wrap_f.
 * They are of other libraries, since a linker that optimizes the whole program may not ask it about the project's own.
 * Libraries (libcrypto, libc itself) keep the real ones; what they draw or measure reaches no byte that is written.
 */
#include "crypto/hash.h"
#include "tests/sim/host.h"
#include "util/clock.h"

#include <argon2.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <time.h>

#pragma GCC diagnostic ignored "-Wmissing-prototypes" /* the linker calls them */

/* --- time, randomness --- */
ssize_t __wrap_getrandom(void *p, size_t n, unsigned flags)
{
	(void)flags;
	host_random(p, n);
	return (ssize_t)n;
}

int __wrap_clock_gettime(clockid_t id, struct timespec *ret)
{
	int64_t ns = id == CLOCK_REALTIME ? host_wall() : host_now();
	*ret = (struct timespec){ ns / NS_PER_S, ns % NS_PER_S };
	return 0;
}

time_t __wrap_time(time_t *ret)
{
	time_t t = host_wall() / NS_PER_S;
	if (ret)
		*ret = t;
	return t;
}

int __wrap_nanosleep(const struct timespec *wanted, struct timespec *left)
{
	static pthread_cond_t nobody = PTHREAD_COND_INITIALIZER;
	(void)left;
	(void)fiber_wait_cond(&nobody, host_now() + wanted->tv_sec * NS_PER_S + wanted->tv_nsec);
	return 0;
}

int __wrap_sched_yield(void)
{
	return __wrap_nanosleep(&(struct timespec){ 0, 0 }, NULL);
}

/* A passphrase costs 64 MiB and a tenth of a second by design; nobody attacks one here. */
int __wrap_argon2id_ctx(argon2_context *c)
{
	err_t e = crypto_hkdf(SPAN(c->pwd, c->pwdlen), SPAN(c->salt, c->saltlen), span_str("sim passphrase"), c->out,
	                      c->outlen);
	return e ? ARGON2_MEMORY_ALLOCATION_ERROR : ARGON2_OK;
}

/* Secrets are kept from forked processes; of a copy of the world (asked.h) they are a part. */
int __real_madvise(void *p, size_t n, int advice);
int __wrap_madvise(void *p, size_t n, int advice)
{
	return advice == MADV_DONTFORK ? 0 : __real_madvise(p, n, advice);
}

/* --- threads --- */
int __wrap_prctl(int what, ...) /* process_name_thread: there is one thread, and it has its name */
{
	(void)what;
	return 0;
}

int __wrap_pthread_create(pthread_t *t, const pthread_attr_t *attr, void *(*fn)(void *), void *arg)
{
	(void)attr;
	struct fiber *me = fiber_current();
	*t = (pthread_t)fiber_new(me ? fiber_owner(me) : HOST_OUTSIDE, fn, arg);
	return 0;
}

int __wrap_pthread_join(pthread_t t, void **ret)
{
	struct fiber *f = (struct fiber *)t;
	if (ret)
		*ret = NULL;
	fiber_wait_ended(f);
	fiber_free(f);
	return 0;
}

pthread_t __wrap_pthread_self(void)
{
	return (pthread_t)fiber_current();
}

/* --- locks, conditions --- */

/* One thread: a lock is a number, where its bytes begin, which are zero at first: of a mutex 1 while it is held, of a
 * rwlock how many read, or -1. The real ones are a thirtieth of a world's time. */
int __wrap_pthread_mutex_trylock(pthread_mutex_t *m)
{
	int *held = (int *)m;
	if (*held)
		return EBUSY;
	*held = 1;
	return 0;
}

int __wrap_pthread_mutex_lock(pthread_mutex_t *m)
{
	while (__wrap_pthread_mutex_trylock(m))
		fiber_wait_mutex(m);
	return 0;
}

int __wrap_pthread_mutex_unlock(pthread_mutex_t *m)
{
	*(int *)m = 0;
	return 0;
}

int __wrap_pthread_rwlock_tryrdlock(pthread_rwlock_t *l)
{
	int *held = (int *)l;
	if (*held < 0)
		return EBUSY;
	++*held;
	return 0;
}

int __wrap_pthread_rwlock_trywrlock(pthread_rwlock_t *l)
{
	int *held = (int *)l;
	if (*held)
		return EBUSY;
	*held = -1;
	return 0;
}

int __wrap_pthread_rwlock_rdlock(pthread_rwlock_t *l)
{
	while (__wrap_pthread_rwlock_tryrdlock(l))
		fiber_wait_rwlock(l, false);
	return 0;
}

int __wrap_pthread_rwlock_wrlock(pthread_rwlock_t *l)
{
	while (__wrap_pthread_rwlock_trywrlock(l))
		fiber_wait_rwlock(l, true);
	return 0;
}

int __wrap_pthread_rwlock_unlock(pthread_rwlock_t *l)
{
	int *held = (int *)l;
	*held = *held < 0 ? 0 : *held - 1;
	return 0;
}

int __wrap_pthread_cond_clockwait(pthread_cond_t *cond, pthread_mutex_t *m, clockid_t id, const struct timespec *until)
{
	(void)id; /* util/deadline.c: the monotonic one */
	(void)__wrap_pthread_mutex_unlock(m);
	bool signalled = fiber_wait_cond(cond, until ? until->tv_sec * NS_PER_S + until->tv_nsec : FIBER_NEVER);
	int err = __wrap_pthread_mutex_lock(m);
	if (err)
		return err;
	return signalled ? 0 : ETIMEDOUT;
}

int __wrap_pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *m)
{
	return __wrap_pthread_cond_clockwait(cond, m, CLOCK_MONOTONIC, NULL);
}

int __wrap_pthread_cond_signal(pthread_cond_t *cond)
{
	fiber_signal(cond);
	return 0;
}

int __wrap_pthread_cond_broadcast(pthread_cond_t *cond)
{
	fiber_signal(cond);
	return 0;
}

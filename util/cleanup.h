/* SPDX-License-Identifier: MIT
 * The one unwinding dialect: owning locals carry a cleanup attribute, ownership leaves through steal_ptr().
 *     cleanup(buf_free) struct buf b = BUF_INIT;
 *     cleanup_free char *s = strdup(x);
 *     guard(&lock);           // pthread mutex, unlocked at the end of the scope
 */
#pragma once

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define cleanup(fn) __attribute__((cleanup(fn)))

static inline void cleanup_free_(void *pp)
{
	free(*(void **)pp);
}
#define cleanup_free cleanup(cleanup_free_)

static inline void cleanup_fd_(const int *fd)
{
	int saved = errno;
	if (*fd >= 0)
		close(*fd);
	errno = saved;
}
#define cleanup_fd cleanup(cleanup_fd_)

static inline void cleanup_file_(FILE *const *f)
{
	if (*f)
		fclose(*f);
}
#define cleanup_file cleanup(cleanup_file_)

#define steal_ptr(p)                                                                                                   \
	({                                                                                                             \
		__typeof__(p) s_ = (p);                                                                                \
		(p) = NULL;                                                                                            \
		s_;                                                                                                    \
	})
#define steal_fd(fd)                                                                                                   \
	({                                                                                                             \
		int s_ = (fd);                                                                                         \
		(fd) = -1;                                                                                             \
		s_;                                                                                                    \
	})

static inline pthread_mutex_t *guard_lock_(pthread_mutex_t *m)
{
	if (pthread_mutex_lock(m))
		abort();
	return m;
}
static inline void guard_unlock_(pthread_mutex_t *const *m)
{
	if (*m)
		pthread_mutex_unlock(*m);
}
#define GUARD_CAT2_(a, b) a##b
#define GUARD_CAT_(a, b) GUARD_CAT2_(a, b)
#define guard(m)                                                                                                       \
	cleanup(guard_unlock_) __attribute__((unused)) pthread_mutex_t *const GUARD_CAT_(guard_, __LINE__) =           \
	        guard_lock_(m)

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))

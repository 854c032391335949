/* SPDX-License-Identifier: MIT
 * Fibers: what would be threads, run in turn on one thread. A fiber runs until it waits; who runs it decides who is
 * next. It waits for a condition variable, for a lock that another fiber holds, or for a time of the virtual clock.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#define FIBER_NEVER INT64_MAX

struct fiber;
typedef void *(*fiber_fn)(void *arg);
/* fiber_new: ready to run `fn(arg)` on behalf of `owner` (a device's number). Never NULL: aborts without memory. */
struct fiber *fiber_new(unsigned owner, fiber_fn fn, void *arg);
/* fiber_free: of one that has ended. fiber_detach: it goes by itself when it ends. */
void fiber_free(struct fiber *f);
void fiber_detach(struct fiber *f);
/* fiber_current: NULL outside all of them. */
struct fiber *fiber_current(void);
unsigned fiber_owner(const struct fiber *f);
bool fiber_ended(const struct fiber *f);
/* fiber_ready: it could go on at `now` (ns of the virtual clock). fiber_due: when its time comes, FIBER_NEVER: never.
 */
bool fiber_ready(const struct fiber *f, int64_t now);
int64_t fiber_due(const struct fiber *f);
/* fiber_run: until it waits or ends. From outside all fibers only. */
void fiber_run(struct fiber *f);

/* What the running fiber waits for. fiber_wait_cond: true: it was signalled; false: `until` has come. */
bool fiber_wait_cond(pthread_cond_t *cond, int64_t until);
void fiber_wait_mutex(pthread_mutex_t *m);
void fiber_wait_rwlock(pthread_rwlock_t *l, bool write);
void fiber_wait_ended(const struct fiber *other);
/* fiber_signal: whoever waits for `cond` is ready. */
void fiber_signal(const pthread_cond_t *cond);

/* fibers_each: every fiber that has not been freed, in the order of making. */
void fibers_each(void (*fn)(void *ctx, struct fiber *f), void *ctx);
/* fiber_next: a ready fiber of one of `owners` (bit n: device n), the one that `pick` names; NULL: none is. */
struct fiber *fiber_next(uint64_t owners, int64_t now, uint64_t pick);
/* fibers_due: the earliest time that any of `owners` waits for. */
int64_t fibers_due(uint64_t owners);

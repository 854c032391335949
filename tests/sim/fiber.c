/* SPDX-License-Identifier: MIT
 * A stack is entered by setcontext(3) once; then switching is setjmp(3), which asks the kernel for nothing. Stacks are
 * kept for the next fiber, since touching fresh ones costs more than running.
 */
#undef _FORTIFY_SOURCE /* its longjmp goes to callers alone, and not to another stack */
#include "tests/sim/fiber.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#define SWITCH_BEGIN(save, bottom, size) __sanitizer_start_switch_fiber(save, bottom, size)
#define SWITCH_END(saved, bottom, size) __sanitizer_finish_switch_fiber(saved, bottom, size)
#define STACK_SIZE (1024u * 1024)
#else
#define SWITCH_BEGIN(save, bottom, size) ((void)(save), (void)(bottom), (void)(size))
#define SWITCH_END(saved, bottom, size) ((void)(saved), (void)(bottom), (void)(size))
#define STACK_SIZE (256u * 1024)
#endif
#define STACK_GUARD 4096u

struct fiber {
	struct fiber *next; /* in the list of all, or of spare ones */
	jmp_buf at;
	void *stack, *saved;
	bool entered; /* the stack is; when the fiber has ended it waits there for the next one */
	fiber_fn fn;
	void *arg;
	unsigned owner;
	enum { READY, ON_COND, ON_MUTEX, ON_RWLOCK, ON_FIBER, ENDED } state;
	union {
		const pthread_cond_t *cond;
		pthread_mutex_t *mutex;
		pthread_rwlock_t *rwlock;
		const struct fiber *fiber;
	} on;
	bool write, signalled, detached;
	int64_t until;
};

/* The one scheduler of the process. What the product calls (pthread_mutex_lock and the like) has no argument that
 * could carry it. */
static struct {
	struct fiber *first, **end, *spare, *current;
	jmp_buf outside;
	void *saved;
	const void *bottom;
	size_t size;
} the;

static struct fiber *take_spare(void)
{
	struct fiber *f = the.spare;
	if (f) {
		the.spare = f->next;
		return f;
	}
	f = calloc(1, sizeof(*f));
	if (!f)
		abort();
	f->stack = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	if (f->stack == MAP_FAILED || mprotect(f->stack, STACK_GUARD, PROT_NONE))
		abort();
	return f;
}

static void back(struct fiber *f)
{
	SWITCH_BEGIN(f->state == ENDED ? NULL : &f->saved, the.bottom, the.size);
	if (!_setjmp(f->at))
		_longjmp(the.outside, 1);
	SWITCH_END(f->saved, &the.bottom, &the.size);
}

/* begin: one fiber after the other on a stack. */
static void begin(void)
{
	struct fiber *f = the.current;
	SWITCH_END(NULL, &the.bottom, &the.size);
	for (;;) {
		f->fn(f->arg);
		f->state = ENDED;
		f->saved = NULL;
		back(f);
	}
}

static void enter(struct fiber *f)
{
	ucontext_t at;
	if (f->entered)
		_longjmp(f->at, 1);
	f->entered = true;
	if (getcontext(&at))
		abort();
	at.uc_stack.ss_sp = f->stack;
	at.uc_stack.ss_size = STACK_SIZE;
	makecontext(&at, begin, 0);
	setcontext(&at);
	abort();
}

struct fiber *fiber_new(unsigned owner, fiber_fn fn, void *arg)
{
	struct fiber *f = take_spare();
	f->next = NULL;
	f->fn = fn;
	f->arg = arg;
	f->owner = owner;
	f->state = READY;
	f->write = f->signalled = f->detached = false;
	f->until = FIBER_NEVER;
	if (!the.first)
		the.end = &the.first;
	*the.end = f;
	the.end = &f->next;
	return f;
}

void fiber_free(struct fiber *f)
{
	struct fiber **at = &the.first;
	while (*at != f)
		at = &(*at)->next;
	*at = f->next;
	if (the.end == &f->next)
		the.end = at;
	f->next = the.spare;
	the.spare = f;
}

void fiber_detach(struct fiber *f)
{
	f->detached = true;
}

struct fiber *fiber_current(void)
{
	return the.current;
}

unsigned fiber_owner(const struct fiber *f)
{
	return f->owner;
}

bool fiber_ended(const struct fiber *f)
{
	return f->state == ENDED;
}

static bool mutex_free(pthread_mutex_t *m)
{
	return !pthread_mutex_trylock(m) && !pthread_mutex_unlock(m);
}

static bool rwlock_free(pthread_rwlock_t *l, bool write)
{
	return !(write ? pthread_rwlock_trywrlock(l) : pthread_rwlock_tryrdlock(l)) && !pthread_rwlock_unlock(l);
}

bool fiber_ready(const struct fiber *f, int64_t now)
{
	switch (f->state) {
	case READY:
		return true;
	case ON_COND:
		return f->signalled || now >= f->until;
	case ON_MUTEX:
		return mutex_free(f->on.mutex);
	case ON_RWLOCK:
		return rwlock_free(f->on.rwlock, f->write);
	case ON_FIBER:
		return f->on.fiber->state == ENDED;
	case ENDED:
		break;
	}
	return false;
}

int64_t fiber_due(const struct fiber *f)
{
	return f->state == ON_COND ? f->until : FIBER_NEVER;
}

void fiber_run(struct fiber *f)
{
	if (the.current || f->state == ENDED)
		abort();
	the.current = f;
	f->state = READY;
	SWITCH_BEGIN(&the.saved, f->stack, STACK_SIZE);
	if (!_setjmp(the.outside))
		enter(f);
	SWITCH_END(the.saved, NULL, NULL);
	the.current = NULL;
	if (f->state == ENDED && f->detached)
		fiber_free(f);
}

static struct fiber *waiting(int state)
{
	struct fiber *f = the.current;
	if (!f) {
		fprintf(stderr, "sim: something waits outside all fibers\n");
		abort();
	}
	f->state = state;
	f->signalled = false;
	f->until = FIBER_NEVER;
	return f;
}

bool fiber_wait_cond(pthread_cond_t *cond, int64_t until)
{
	struct fiber *f = waiting(ON_COND);
	f->on.cond = cond;
	f->until = until;
	back(f);
	return f->signalled;
}

void fiber_wait_mutex(pthread_mutex_t *m)
{
	struct fiber *f = waiting(ON_MUTEX);
	f->on.mutex = m;
	back(f);
}

void fiber_wait_rwlock(pthread_rwlock_t *l, bool write)
{
	struct fiber *f = waiting(ON_RWLOCK);
	f->on.rwlock = l;
	f->write = write;
	back(f);
}

void fiber_wait_ended(const struct fiber *other)
{
	struct fiber *f = waiting(ON_FIBER);
	f->on.fiber = other;
	if (other->state != ENDED)
		back(f);
	f->state = READY;
}

void fiber_signal(const pthread_cond_t *cond)
{
	for (struct fiber *f = the.first; f; f = f->next)
		f->signalled |= f->state == ON_COND && f->on.cond == cond;
}

void fibers_each(void (*fn)(void *ctx, struct fiber *f), void *ctx)
{
	for (struct fiber *f = the.first, *next; f; f = next) {
		next = f->next;
		fn(ctx, f);
	}
}

struct fiber *fiber_next(uint64_t owners, int64_t now, uint64_t pick)
{
	struct fiber *ready[64];
	unsigned n = 0;
	for (struct fiber *f = the.first; f && n < 64; f = f->next)
		if ((owners >> f->owner & 1) && fiber_ready(f, now))
			ready[n++] = f;
	return n ? ready[pick % n] : NULL;
}

int64_t fibers_due(uint64_t owners)
{
	int64_t due = FIBER_NEVER;
	for (struct fiber *f = the.first; f; f = f->next)
		if ((owners >> f->owner & 1) && fiber_due(f) < due)
			due = fiber_due(f);
	return due;
}

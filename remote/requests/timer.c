/* SPDX-License-Identifier: MIT
 * A list by due time, and the thread that sleeps until the first.
 */
#include "remote/requests/timer.h"

#include "remote/requests/thread.h"
#include "util/cleanup.h"
#include "util/deadline.h"
#include "util/process.h"

struct timer {
	pthread_mutex_t lock;
	pthread_cond_t change, idle;
	struct timer_entry *first;  /* lock: by due */
	bool running, rush, ending; /* lock */
	bool started;
	pthread_t thread;
};

/* The next entry whose time has come; waits for it. NULL: the timer ends. */
static struct timer_entry *next_due(struct timer *t)
{
	guard(&t->lock);
	t->running = false;
	for (;;) {
		struct timer_entry *e = t->first;
		if (e && (t->rush || e->due <= clock_mono())) {
			t->first = e->next;
			t->running = true;
			return e;
		}
		pthread_cond_broadcast(&t->idle);
		if (!e && t->ending)
			return NULL;
		if (!e) {
			pthread_cond_wait(&t->change, &t->lock);
			continue;
		}
		(void)deadline_wait(&t->change, &t->lock, (struct deadline){ e->due });
	}
}

static void *loop(void *arg)
{
	process_name_thread("store-timer");
	struct timer *t = arg;
	for (struct timer_entry *e; (e = next_due(t));)
		e->fire(e);
	return NULL;
}

err_t timer_new(struct timer **ret)
{
	struct timer *t = calloc(1, sizeof(*t));
	if (!t)
		return ERR_NOMEM;
	pthread_mutex_init(&t->lock, NULL);
	pthread_cond_init(&t->change, NULL);
	pthread_cond_init(&t->idle, NULL);
	t->started = !store_thread_start(&t->thread, loop, t);
	if (!t->started) {
		timer_free(t);
		return ERR_NOMEM;
	}
	*ret = t;
	return ERR_OK;
}

void timer_add(struct timer *t, struct timer_entry *e, int64_t due)
{
	guard(&t->lock);
	struct timer_entry **at = &t->first;
	while (*at && (*at)->due <= due)
		at = &(*at)->next;
	e->due = due;
	e->next = *at;
	*at = e;
	pthread_cond_signal(&t->change);
}

void timer_kick(struct timer *t)
{
	guard(&t->lock);
	for (struct timer_entry *e = t->first; e; e = e->next)
		e->due = 0;
	pthread_cond_signal(&t->change);
}

void timer_rush(struct timer *t)
{
	guard(&t->lock);
	t->rush = true;
	pthread_cond_signal(&t->change);
	while (t->started && (t->first || t->running))
		pthread_cond_wait(&t->idle, &t->lock);
}

void timer_free(struct timer *t)
{
	if (!t)
		return;
	pthread_mutex_lock(&t->lock);
	t->rush = t->ending = true;
	pthread_cond_signal(&t->change);
	pthread_mutex_unlock(&t->lock);
	if (t->started)
		pthread_join(t->thread, NULL);
	pthread_cond_destroy(&t->change);
	pthread_cond_destroy(&t->idle);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

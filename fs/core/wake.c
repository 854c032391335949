/* SPDX-License-Identifier: MIT */
#include "fs/core/wake.h"

#include "util/cleanup.h"
#include "util/deadline.h"

#include <stdatomic.h>

int wake_open(struct wake *w)
{
	int err = pthread_mutex_init(&w->lock, NULL);
	return err ? err : pthread_cond_init(&w->cond, NULL);
}

void wake_close(struct wake *w)
{
	pthread_cond_destroy(&w->cond);
	pthread_mutex_destroy(&w->lock);
}

void wake_ask(struct wake *w)
{
	if (atomic_exchange(&w->asked, true))
		return;
	guard(&w->lock); /* so that the signal does not fall between the thread's look and its wait */
	pthread_cond_signal(&w->cond);
}

void wake_ask_resting(struct wake *w)
{
	guard(&w->lock);
	if (!w->resting)
		return;
	w->resting = false;
	w->asked = true;
	pthread_cond_signal(&w->cond);
}

void wake_stop(struct wake *w)
{
	guard(&w->lock);
	w->stopped = true;
	pthread_cond_signal(&w->cond);
}

void wake_rest(struct wake *w)
{
	guard(&w->lock);
	w->resting = true;
}

static enum wake_reason wait_locked(struct wake *w, int64_t ns, bool until_asked)
{
	struct deadline end = deadline_in(ns);
	while (!w->stopped && ns > 0 && !(until_asked && w->asked) && deadline_wait(&w->cond, &w->lock, end))
		;
	enum wake_reason why = w->asked ? WAKE_ASKED : WAKE_TIME;
	w->asked = w->resting = false;
	return w->stopped ? WAKE_STOPPED : why;
}

enum wake_reason wake_wait(struct wake *w, int64_t ns)
{
	guard(&w->lock);
	return wait_locked(w, ns, true);
}

enum wake_reason wake_pause(struct wake *w, int64_t ns)
{
	guard(&w->lock);
	return wait_locked(w, ns, false);
}

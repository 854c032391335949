/* SPDX-License-Identifier: MIT
 * Waking one thread that sleeps until there is something to do. Its lock is a leaf, so that anybody may ask.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#define WAKE_NEVER INT64_MAX

struct wake {
	pthread_mutex_t lock;
	pthread_cond_t cond;
	_Atomic bool asked; /* set without lock, and signalled with it; cleared under lock */
	bool resting;       /* lock: the thread sleeps for long, since there was nothing to do */
	_Atomic bool stopped;
};
enum wake_reason { WAKE_ASKED, WAKE_TIME, WAKE_STOPPED };

int wake_open(struct wake *w);
void wake_close(struct wake *w);
/* wake_ask: the thread is to look soon. Cheap; any lock may be held. */
void wake_ask(struct wake *w);
/* wake_ask_resting: only if it said that it rests. */
void wake_ask_resting(struct wake *w);
/* wake_stop: the thread is to end, and every later wait with it. */
void wake_stop(struct wake *w);
/* wake_rest: said by the thread before it looks for the last time whether there is something to do: whoever makes work
 * after that look wakes it. Until the end of the next wait. */
void wake_rest(struct wake *w);
/* wake_wait: the thread's own wait: until asked, stopped, or `ns` have passed (0: it does not wait). */
enum wake_reason wake_wait(struct wake *w, int64_t ns);
/* wake_pause: `ns` whatever is asked: that is one with what was asked before. */
enum wake_reason wake_pause(struct wake *w, int64_t ns);

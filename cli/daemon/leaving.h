/* SPDX-License-Identifier: MIT
 * Between the unmount and the end of the daemon: what is left is uploaded, for a bounded time, whoever took the mount
 * down (lock, umount, a desktop's eject, a signal).
 *
 *   mounted ----> leaving ----> closing       leaving ends when all is on the store (sync/saved.h), when nothing can
 *        unmounted                            be stored, when its time is over, or when somebody does not want to wait
 */
#pragma once

#include "cli/vaults/last.h"
#include "util/cleanup.h"

#include <pthread.h>
#include <stdbool.h>
#include <string.h>

#define LEAVING_S 30
#define LEAVING_COLD_S 15 /* what waits for blocks of the store would be lost: it is worth some time */
#define LEAVING_WORDS 160

struct mounted_vault;
struct leaving {
	pthread_mutex_t lock;      /* of all; a leaf */
	unsigned most_s;           /* 0: not at all */
	bool begun;                /* nothing is mounted any more */
	bool now;                  /* nobody wants to wait */
	bool heard;                /* whoever locks tells the person what is left */
	char words[LEAVING_WORDS]; /* what was left when it began; "": nothing */
};
#define LEAVING_INIT ((struct leaving){ .lock = PTHREAD_MUTEX_INITIALIZER, .most_s = LEAVING_S })
/* leaving_ask: before the unmount: by whoever tells the person what is left; 0: without waiting. */
void leaving_ask(struct leaving *l, unsigned most_s);
/* leaving_unasked: nothing came of that. */
void leaving_unasked(struct leaving *l);
/* leaving_now: it has begun: it ends. False: it has not begun. */
bool leaving_now(struct leaving *l);
/* leaving_begun: whether it has; what was left then. */
static inline bool leaving_begun(struct leaving *l, char words[LEAVING_WORDS])
{
	guard(&l->lock);
	memcpy(words, l->words, LEAVING_WORDS);
	return l->begun;
}
/* leaving_run: flushes what waits for blocks of the store, and uploads; `left`: what is not on the store then. If there
 * is anything, the store answers nothing any more, and the engine has ended. `front`: with a bar, or a line, on
 * standard error. */
void leaving_run(struct mounted_vault *v, bool front, struct last *left);
/* leaving_heard: whether the person is told by who locks. */
bool leaving_heard(struct leaving *l);

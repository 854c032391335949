/* SPDX-License-Identifier: MIT
 * Dumps that wait for a store, and what ends them from another thread: who locks a vault does not wait for a store.
 */
#pragma once

#include "remote/store.h"

#include <pthread.h>

struct dump_wait { /* one dump's store, while it may wait for it; the dumping thread's */
	struct store *store;
	struct dump_wait *next;
};
struct dump_stop { /* shared by all dumps of a vault; nothing is freed */
	pthread_mutex_t lock;
	bool stopped;
	struct dump_wait *waiting; /* not owned */
};
#define DUMP_STOP_INIT ((struct dump_stop){ .lock = PTHREAD_MUTEX_INITIALIZER })

/* dump_wait_begin: from now on dump_stop ends what waits for the store. ERR_CANCELED: it was called before. */
MUST_CHECK err_t dump_wait_begin(struct dump_stop *s, struct dump_wait *w);
/* dump_wait_end: before the store is closed. Harmless for one that did not begin. */
void dump_wait_end(struct dump_stop *s, const struct dump_wait *w);
/* dump_stop: shuts the stores of all dumps down: they end with ERR_CANCELED, as later ones do. */
void dump_stop(struct dump_stop *s);

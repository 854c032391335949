/* SPDX-License-Identifier: MIT
 * Keeping the block cache under its limit (CLOCK): a hand goes round the blocks in the order of their ids and drops
 * those that the store has now (sync/fetch/confirmed.h), nobody used lately (core/recency.h), and no pinned file needs.
 */
#pragma once

#include "fs/core/config.h"

#include <pthread.h>

#define UNSTORED_SAMPLE 16u

struct sweep_pause {        /* after a sweep that found nothing to drop: it takes long when much waits for the store */
	uint64_t events;    /* what had happened by then */
	int64_t not_before; /* mono: no other sweep before that, whatever happens */
	int64_t until;      /* mono: nor before that, unless the store took some of the sample; 0: no pause */
	struct id unstored[UNSTORED_SAMPLE]; /* what it would have dropped, had the store had it: ids are random,
	                                              so a few stand for all */
	size_t n;
};
struct eviction {
	pthread_mutex_t lock; /* one round at a time; all below; before the namespace lock */
	struct id hand;       /* the CLOCK hand: the last block looked at */
	struct sweep_pause pause;
};

int evict_open(struct fs *fs);
void evict_close(struct fs *fs);
/* evict_run: one bounded round when over the limit; true: there is more to do. */
bool evict_run(struct fs *fs);
/* evict_before_commit: a short round, so that what is about to be committed finds its place under the limit; nothing
 * while another thread evicts or when it would take long. Namespace lock not held. */
void evict_before_commit(struct fs *fs);

/* SPDX-License-Identifier: MIT */
#include "fs/core/ns_wait.h"

#include "fs/core/fs_state.h"
#include "util/clock.h"

static void note(struct ns_waits *w, int64_t since)
{
	int64_t took = clock_mono() - since, longest = w->longest;
	while (took > longest && !atomic_compare_exchange_weak(&w->longest, &longest, took))
		;
}

void ns_wait_read(struct fs *fs)
{
	int64_t since = clock_mono();
	fs->ns_waits.n++;
	if (pthread_rwlock_rdlock(&fs->ns_lock))
		abort();
	note(&fs->ns_waits, since);
}

void ns_wait_write(struct fs *fs)
{
	int64_t since = clock_mono();
	fs->ns_waits.n++;
	if (pthread_rwlock_wrlock(&fs->ns_lock))
		abort();
	note(&fs->ns_waits, since);
}

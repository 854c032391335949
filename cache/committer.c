/* SPDX-License-Identifier: MIT
 * The committer's thread: a commit about every second while there is something to commit, at once when it is woken;
 * then the drain hook.
 */
#include "cache/committer.h"

#include "cache/map_commit.h"
#include "cache/map_struct.h"
#include "util/cleanup.h"
#include "util/deadline.h"
#include "util/log.h"
#include "util/process.h"

static void drain(struct map *m)
{
	void (*fn)(void *ctx) = m->drain.fn;
	void *ctx = m->drain.ctx;
	m->drain.due = false;
	if (!fn)
		return;
	m->drain.running = true;
	pthread_mutex_unlock(&m->lock);
	fn(ctx);
	pthread_mutex_lock(&m->lock);
	m->drain.running = false;
	pthread_cond_broadcast(&m->ended);
}

/* wait_for_work: until the period after the first pending op is over, or somebody wakes. Lock held. */
static void wait_for_work(struct map *m)
{
	while (!m->committer.stop && !m->committer.woken && !m->drain.due && (m->failed || !map_pending(m)))
		pthread_cond_wait(&m->committer.wake, &m->lock);
	struct deadline end = deadline_in(m->limits.commit_ms * NS_PER_MS);
	while (!m->committer.stop && !m->committer.woken && !m->drain.due &&
	       deadline_wait(&m->committer.wake, &m->lock, end))
		;
}

static void *committer_main(void *arg)
{
	process_name_thread("committer");
	struct map *m = arg;
	pthread_mutex_lock(&m->lock);
	while (!m->committer.stop) {
		wait_for_work(m);
		bool only_drain = m->drain.due && !m->committer.woken;
		m->committer.woken = false;
		if (!m->committer.stop && !m->failed && map_pending(m) && !only_drain) {
			bool was_full = m->full;
			pthread_mutex_unlock(&m->lock);
			pthread_mutex_lock(&m->commit_lock);
			err_t e = commit_all(m);
			pthread_mutex_unlock(&m->commit_lock);
			if (e == ERR_NOSPACE && !was_full)
				log_warn(AREA_CACHE, "no space to commit; trying again");
			pthread_mutex_lock(&m->lock);
			if (e) { /* no hurry: wakes during a shortage would spin */
				struct deadline end = deadline_in(MIN(m->limits.commit_ms, 100u) * NS_PER_MS);
				while (!m->committer.stop && deadline_wait(&m->committer.wake, &m->lock, end))
					;
			}
		}
		if (m->drain.due)
			drain(m);
	}
	pthread_mutex_unlock(&m->lock);
	return NULL;
}

err_t committer_start(struct map *m)
{
	return pthread_create(&m->committer.thread, NULL, committer_main, m) ? ERR_NOMEM : ERR_OK;
}

void committer_stop(struct map *m)
{
	pthread_mutex_lock(&m->lock);
	m->committer.stop = true;
	pthread_cond_broadcast(&m->committer.wake);
	pthread_mutex_unlock(&m->lock);
	pthread_join(m->committer.thread, NULL);
}

/* SPDX-License-Identifier: MIT
 * Opening and closing.
 */
#include "cache/open.h"

#include "cache/base_mem.h"
#include "cache/committer.h"
#include "cache/map_commit.h"
#include "cache/map_struct.h"
#include "cache/map_sync.h"
#include "cache/reader.h"
#include "cache/replay.h"
#include "cache/state_dir.h"
#include "util/cleanup.h"
#include "util/log.h"

#define MEMTABLE_DEFAULT (32u << 20)
#define RESERVE_DEFAULT (64u << 20)

static err_t locks_init(struct map *m)
{
	if (pthread_mutex_init(&m->commit_lock, NULL) || pthread_mutex_init(&m->freeze_lock, NULL) ||
	    pthread_mutex_init(&m->apply_lock, NULL) || pthread_mutex_init(&m->lock, NULL) ||
	    pthread_cond_init(&m->committer.wake, NULL) || pthread_cond_init(&m->ended, NULL))
		return ERR_NOMEM;
	return ERR_OK;
}

static void map_free(struct map *m)
{
	if (!m)
		return;
	reader_free_all(m);
	wal_freep(&m->wal);
	base_freep(&m->base);
	seal_freep(&m->seal);
	memtable_unref(m->layers.memtable);
	memtable_unref(m->layers.immutable);
	if (m->lock_fd >= 0)
		close(m->lock_fd);
	pthread_cond_destroy(&m->committer.wake);
	pthread_cond_destroy(&m->ended);
	pthread_mutex_destroy(&m->commit_lock);
	pthread_mutex_destroy(&m->freeze_lock);
	pthread_mutex_destroy(&m->apply_lock);
	pthread_mutex_destroy(&m->lock);
	free(m);
}

static void map_freep_(struct map **m)
{
	map_free(*m);
}

/* base_open: the durable floor, with what belongs to it. */
static err_t base_open(struct map *m, const struct map_config *c, struct why *why)
{
	if (c->dir)
		return state_dir_open(m, c, why);
	return m->base ? ERR_OK : base_mem_open(&m->base);
}

static err_t load(struct map *m, struct why *why)
{
	err_t e = commit_load(m);
	if (e == ERR_DAMAGED)
		return why_set(why, e,
		               "the local state is damaged (what it holds): cloudseal rebuild makes it anew from the "
		               "cloud, and "
		               "tells what was not uploaded");
	return e;
}

err_t map_open(const struct map_config *c, struct map **ret, struct why *why)
{
	cleanup(base_freep) struct base *given = c->dir ? NULL : c->base;
	cleanup(map_freep_) struct map *m = calloc(1, sizeof(*m));
	if (!m)
		return ERR_NOMEM;
	m->lock_fd = -1;
	m->base = steal_ptr(given);
	m->limits.memtable_max = c->memtable_max ? c->memtable_max : MEMTABLE_DEFAULT;
	m->limits.commit_ms = c->commit_ms ? c->commit_ms : 1000;
	m->limits.reserve = c->reserve ? c->reserve : RESERVE_DEFAULT;
	err_t e = locks_init(m);
	if (e)
		return e;
	m->layers.memtable = memtable_new();
	if (!m->layers.memtable)
		return ERR_NOMEM;
	e = base_open(m, c, why);
	if (!e)
		e = load(m, why);
	if (!e)
		commit_extend(m);
	if (!e && m->wal)
		e = replay_run(m, why);
	if (!e)
		e = committer_start(m);
	if (e)
		return why_set(why, e, "cannot open the local state: %s", err_text(e));
	*ret = steal_ptr(m);
	return ERR_OK;
}

err_t map_close(struct map *m)
{
	committer_stop(m);
	err_t e = map_commit(m);
	if (e)
		log_error(AREA_CACHE, "closing without the last commit: %s", err_text(e));
	map_free(m);
	return e;
}

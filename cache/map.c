/* SPDX-License-Identifier: MIT
 * Opening, closing, applying batches, and the committer's thread.
 */
#include "cache/internal.h"

#include "cache/batch.h"
#include "util/clock.h"
#include "util/deadline.h"
#include "util/process.h"

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>

#define MEMTABLE_DEFAULT (32u << 20)
#define RESERVE_DEFAULT (64u << 20)
#define OP_COST 1024              /* what a small op is reckoned to take in the base */
#define ROOM_NS (200 * NS_PER_MS) /* how old the answer about free space may be */
#define ROOM_BYTES (4u << 20)     /* and how much may be applied on it */
#define RESCUE_BYTES (64u << 10)  /* a batch with deletes and no more puts than this may use the reserve */

err_t map_fail(struct map *m, err_t e, const char *what)
{
	guard(&m->lock);
	if (!m->failed) {
		log_error(AREA_CACHE, "%s: %s; read-only from here on", what, err_text(e));
		m->failed = e;
		pthread_cond_broadcast(&m->wake);
	}
	return e;
}

err_t map_failed(struct map *m)
{
	guard(&m->lock);
	return m->failed ? ERR_IO : ERR_OK;
}

/* --- applying --- */

static size_t memtables_bytes(const struct map *m)
{
	return memtable_bytes(m->memtable) + (m->immutable ? memtable_bytes(m->immutable) : 0);
}

/* room_for: would the disk take `cost` bytes after all that waits in the memtables? With apply_lock. */
static err_t room_for(struct map *m, uint64_t cost, uint64_t reserve)
{
	int64_t now = clock_mono();
	if (now - m->room_at > ROOM_NS || m->room_used > ROOM_BYTES || !m->room_at) {
		m->room = m->base->ops->room(m->base);
		m->room_at = now;
		m->room_used = 0;
	}
	guard(&m->lock);
	uint64_t need = reserve + cost + 2 * (uint64_t)memtables_bytes(m);
	if (m->room < need || (m->full && reserve == m->reserve)) {
		m->room_at = 0;
		m->kick = true; /* a commit may free pages */
		pthread_cond_signal(&m->wake);
		return ERR_NOSPACE;
	}
	return ERR_OK;
}

static err_t room_check(struct map *m, const struct batch *b)
{
	if (b->put_bytes == 0)
		return ERR_OK; /* deleting is always possible: it is what ends the shortage */
	uint64_t cost = b->put_bytes + b->count * OP_COST, reserve = m->reserve;
	if (b->dels && b->put_bytes <= RESCUE_BYTES)
		reserve /= 4;
	err_t e = room_for(m, cost, reserve);
	if (!e)
		m->room_used += cost;
	return e;
}

err_t map_room(struct map *m, uint64_t bytes)
{
	guard(&m->apply_lock);
	return room_for(m, bytes, m->reserve);
}

err_t map_link(struct map *m, struct batch *b)
{
	cleanup_free struct op **ops = b->count ? reallocarray(NULL, b->count, sizeof(struct op *)) : NULL;
	if (b->count && !ops)
		return ERR_NOMEM;
	for (size_t i = 0; i < b->count; i++) {
		struct batch_op *o = &b->ops[i];
		ops[i] = o->value ? memtable_adopt(m->memtable, o->table, batch_key(b, o), o->value, o->value_len)
		                  : memtable_prepare(m->memtable, o->table, batch_key(b, o), batch_value(b, o), o->del);
		if (!ops[i])
			return ERR_NOMEM; /* what was prepared is unseen arena memory */
	}
	uint64_t seq = m->visible; /* only this side changes it */
	for (size_t i = 0; i < b->count; i++) {
		memtable_link(m->memtable, ops[i], ++seq);
		b->ops[i].value = NULL;
	}
	guard(&m->lock);
	bool first = m->visible == m->base_seq;
	m->visible = seq;
	if (!m->kick && memtable_bytes(m->memtable) >= m->memtable_max / 2)
		m->kick = first = true;
	if (first)
		pthread_cond_signal(&m->wake);
	batch_clear(b);
	return ERR_OK;
}

err_t map_apply(struct map *m, struct batch *b)
{
	if (b->failed)
		return b->failed;
	guard(&m->apply_lock);
	err_t e = map_failed(m);
	if (!e && b->count)
		e = room_check(m, b);
	return e || !b->count ? e : map_link(m, b);
}

bool map_pressure(const struct map *map)
{
	struct map *m = (struct map *)map;
	guard(&m->lock);
	return memtables_bytes(m) > m->memtable_max && !m->failed && !m->full;
}

/* --- hooks --- */

void map_on_drain(struct map *m, void (*fn)(void *ctx), void *ctx)
{
	guard(&m->lock);
	while (m->draining && !pthread_equal(pthread_self(), m->committer))
		pthread_cond_wait(&m->round, &m->lock);
	m->drain = fn;
	m->drain_ctx = ctx;
}

void map_on_freeze(struct map *m, void (*enter)(void *ctx), void (*leave)(void *ctx), void *ctx)
{
	guard(&m->freeze_lock);
	m->freeze = (struct hook){ enter, leave, ctx };
}

/* --- the committer --- */

static void drain(struct map *m)
{
	void (*fn)(void *ctx) = m->drain;
	void *ctx = m->drain_ctx;
	m->drain_due = false;
	if (!fn)
		return;
	m->draining = true;
	pthread_mutex_unlock(&m->lock);
	fn(ctx);
	pthread_mutex_lock(&m->lock);
	m->draining = false;
	pthread_cond_broadcast(&m->round);
}

/* wait_for_work: until the period after the first pending op is over, or somebody kicks. Lock held. */
static void wait_for_work(struct map *m)
{
	while (!m->stop && !m->kick && !m->drain_due && (m->failed || (m->visible == m->base_seq && !m->immutable)))
		pthread_cond_wait(&m->wake, &m->lock);
	struct deadline end = deadline_in(m->commit_ms * NS_PER_MS);
	while (!m->stop && !m->kick && !m->drain_due && deadline_wait(&m->wake, &m->lock, end))
		;
}

static void *committer_main(void *arg)
{
	process_name_thread("committer");
	struct map *m = arg;
	pthread_mutex_lock(&m->lock);
	while (!m->stop) {
		wait_for_work(m);
		bool only_drain = m->drain_due && !m->kick;
		m->kick = false;
		bool pending = m->visible != m->base_seq || m->immutable;
		if (!m->stop && !m->failed && pending && !only_drain) {
			bool was_full = m->full;
			pthread_mutex_unlock(&m->lock);
			pthread_mutex_lock(&m->commit_lock);
			err_t e = commit_run(m, NULL, NULL, 0, NULL);
			pthread_mutex_unlock(&m->commit_lock);
			if (e == ERR_NOSPACE && !was_full)
				log_warn(AREA_CACHE, "no space to commit; trying again");
			pthread_mutex_lock(&m->lock);
			if (e) { /* no hurry: kicks during a shortage would spin */
				struct deadline end = deadline_in(MIN(m->commit_ms, 100u) * NS_PER_MS);
				while (!m->stop && deadline_wait(&m->wake, &m->lock, end))
					;
			}
		}
		if (m->drain_due)
			drain(m);
	}
	pthread_mutex_unlock(&m->lock);
	return NULL;
}

/* --- opening and closing --- */

static err_t locks_init(struct map *m)
{
	if (pthread_mutex_init(&m->commit_lock, NULL) || pthread_mutex_init(&m->freeze_lock, NULL) ||
	    pthread_mutex_init(&m->apply_lock, NULL) || pthread_mutex_init(&m->lock, NULL) ||
	    pthread_cond_init(&m->wake, NULL) || pthread_cond_init(&m->round, NULL))
		return ERR_NOMEM;
	return ERR_OK;
}

static void map_free(struct map *m)
{
	if (!m)
		return;
	reader_free_all(m);
	log_freep(&m->log);
	base_freep(&m->base);
	seal_freep(&m->seal);
	memtable_unref(m->memtable);
	memtable_unref(m->immutable);
	if (m->lock_fd >= 0)
		close(m->lock_fd);
	pthread_cond_destroy(&m->wake);
	pthread_cond_destroy(&m->round);
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

err_t map_open(const struct map_config *c, struct map **ret, struct why *why)
{
	cleanup(map_freep_) struct map *m = calloc(1, sizeof(*m));
	if (!m)
		return ERR_NOMEM;
	m->lock_fd = -1;
	m->memtable_max = c->memtable_max ? c->memtable_max : MEMTABLE_DEFAULT;
	m->commit_ms = c->commit_ms ? c->commit_ms : 1000;
	m->reserve = c->reserve ? c->reserve : RESERVE_DEFAULT;
	err_t e = locks_init(m);
	if (e)
		return e;
	m->memtable = memtable_new();
	if (!m->memtable)
		return ERR_NOMEM;
	e = c->dir ? durable_open(m, c, why) : base_mem_open(&m->base);
	if (!e)
		e = commit_load(m);
	if (!e)
		commit_extend(m);
	if (!e && m->log)
		e = durable_replay(m, why);
	if (!e && pthread_create(&m->committer, NULL, committer_main, m))
		e = ERR_NOMEM;
	if (e)
		return why_set(why, e, "cannot open the local state: %s", err_text(e));
	m->started = true;
	*ret = steal_ptr(m);
	return ERR_OK;
}

err_t map_close(struct map *m)
{
	pthread_mutex_lock(&m->lock);
	m->stop = true;
	pthread_cond_broadcast(&m->wake);
	pthread_mutex_unlock(&m->lock);
	pthread_join(m->committer, NULL);
	err_t e = map_commit(m);
	if (e)
		log_error(AREA_CACHE, "closing without the last commit: %s", err_text(e));
	map_free(m);
	return e;
}

void map_stats(struct map *m, struct map_stats *ret)
{
	uint64_t base_bytes = m->base->ops->bytes(m->base);
	guard(&m->lock);
	*ret = (struct map_stats){
		.memtable_bytes = memtables_bytes(m),
		.base_bytes = base_bytes,
		.block_bytes = m->block_bytes,
		.blocks = m->blocks,
		.commits = m->commits,
		.log_syncs = m->log_syncs,
		.applied = m->visible,
		.committed = m->base_seq,
		.failed = m->failed,
	};
}

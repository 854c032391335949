/* SPDX-License-Identifier: MIT
 * What the daemon answers on its control socket. Runs on the threads of connections.
 */
#include "cli/daemon/mounted_vault.h"
#include "cli/commands/vault_status.h"
#include "fs/fuse/session.h"
#include "remote/open.h"
#include "util/cleanup.h"
#include "util/deadline.h"
#include "util/log.h"
#include "util/process.h"

#include <string.h>

#define TICK_MS 300
#define DAMAGE_MAX 32
#define ROOM_ASKED (1u << 20)

/* rate_of: bytes per second lately, from samples at least a second apart. */
static uint64_t rate_of(struct engine *e, uint64_t sent)
{
	int64_t now = clock_mono();
	guard(&e->lock);
	if (!e->sampled_at) {
		e->sampled_at = now;
		e->sampled_sent = sent;
	} else if (now - e->sampled_at >= NS_PER_S) {
		double s = (double)(now - e->sampled_at) / (double)NS_PER_S;
		uint64_t newest = sent > e->sampled_sent ? (uint64_t)((double)(sent - e->sampled_sent) / s) : 0;
		e->rate = s > 10 ? newest : (e->rate + newest) / 2; /* old samples count for nothing */
		e->sampled_at = now;
		e->sampled_sent = sent;
	}
	return e->rate;
}

static json_t *damage_list(struct engine *e)
{
	json_t *list = json_array();
	struct fs_damage *d = calloc(DAMAGE_MAX, sizeof(*d));
	size_t n = d ? fs_damaged(e->fs, d, DAMAGE_MAX) : 0;
	for (size_t i = 0; i < n; i++) {
		json_t *path = json_string(d[i].path);
		json_array_append_new(list,
		                      json_pack("{s:o,s:s,s:o}", "path", path ? path : json_string("(not text)"),
		                                "object", d[i].object, "when", status_json_time(d[i].when * NS_PER_S)));
	}
	free(d);
	return list;
}

static json_t *queue_of(struct engine *e, const struct sync_status *s)
{
	struct last p;
	engine_pending(e, &p);
	uint64_t rate = rate_of(e, s->sent_total);
	json_t *left = p.bytes && rate ? json_integer((json_int_t)(p.bytes / rate) + 1) : json_null();
	return json_pack("{s:I,s:I,s:b,s:I,s:o}", "objects", (json_int_t)p.objects, "bytes", (json_int_t)p.bytes,
	                 "unpublished", p.unpublished, "rate", (json_int_t)rate, "seconds_left", left);
}

/* traffic_of: bodies of objects since the mount, both ways. */
static json_t *traffic_of(const struct store_state *st)
{
	return json_pack("{s:I,s:I,s:I,s:I}", "sent", (json_int_t)st->sent, "received", (json_int_t)st->received,
	                 "requests", (json_int_t)st->requests, "errors", (json_int_t)st->errors);
}

/* failure_words: what the sync engine says; where the store failed, in the store's own words, which say where and why.
 */
static const char *failure_words(err_t e, const char *text, const struct store_state *st)
{
	bool stores = e == ERR_NET || e == ERR_TIMEOUT || e == ERR_TLS || e == ERR_NOSTORE || e == ERR_CLOCK ||
	              e == ERR_DENIED;
	if (stores && st->last_error == e && st->last_text[0])
		return st->last_text;
	return text[0] ? text : err_text(e);
}

/* local_words: of the state of the local disk. Full: it would not take a write of the usual size, after what waits. */
static const char *local_words(struct engine *e, const struct map_stats *m, uint64_t buffered)
{
	if (m->failed)
		return err_text(m->failed);
	return map_room(e->map, buffered + ROOM_ASKED) == ERR_NOSPACE
	               ? "full: nothing can be written here until there is room"
	               : "ok";
}

json_t *engine_status(struct engine *e)
{
	struct sync_status s = { 0 };
	struct store_state st = { 0 };
	struct fs_stats f = { 0 };
	struct map_stats m = { 0 };
	sync_status(e->sync, &s);
	store_state_of(e->store, &st);
	fs_stats(e->fs, &f);
	map_stats(e->map, &m);
	/* also what was named by a round that went well */
	json_t *error = s.last_error || s.last_text[0] ? json_string(failure_words(s.last_error, s.last_text, &st))
	                                               : json_null();
	json_t *point = json_string(e->mount_point);
	return json_pack("{s:s,s:s,s:b,s:o,s:i,s:b,s:s,s:s,s:o,s:{s:I,s:I},s:I,s:I,s:I,s:I,s:o,s:o,s:o,s:o,s:s,s:o}",
	                 "name", e->dir->name, "store", e->conf.text[CONF_STORE], "mounted", 1, "mount_point",
	                 point ? point : json_null(), "pid", (int)getpid(), "online",
	                 (int)(st.online && s.phase != SYNC_OFFLINE), "phase", status_phase_name(s.phase), "phase_text",
	                 status_phase_words(s.phase), "queue", queue_of(e, &s), "cache", "bytes",
	                 (json_int_t)f.cached_bytes, "limit", (json_int_t)f.cache_limit, "open_files",
	                 (json_int_t)f.open_files, "commits", (json_int_t)s.commits, "height", (json_int_t)s.height,
	                 "checkpoints", (json_int_t)s.checkpoints, "traffic", traffic_of(&st), "last_commit",
	                 status_json_time(s.last_commit_time), "last_pull", status_json_time(s.last_pull_time),
	                 "last_error", error, "local", local_words(e, &m, f.dirty_bytes), "damaged", damage_list(e));
}

/* A sync_wait on a thread of its own, so that the connection's thread can tell how far it is. */
struct waiter {
	struct engine *engine;
	uint64_t operation; /* of the request, for the log */
	uint32_t timeout_ms;
	pthread_mutex_t lock;
	pthread_cond_t cond;
	bool finished; /* lock */
	err_t result;  /* lock, like why */
	struct why why;
};

static void *wait_for_sync(void *arg)
{
	process_name_thread("control-sync");
	struct waiter *w = arg;
	log_operation_as(w->operation);
	struct why why = { 0 };
	int err = fs_sync(w->engine->fs); /* what is still in buffers counts too */
	err_t e = err ? why_set(&why, err == ENOSPC ? ERR_NOSPACE : ERR_IO, "local disk: %s", strerror(err))
	              : sync_wait(w->engine->sync, w->timeout_ms, &why);
	guard(&w->lock);
	w->result = e;
	w->why = why;
	w->finished = true;
	pthread_cond_broadcast(&w->cond);
	return NULL;
}

static bool tick(struct waiter *w)
{
	struct deadline end = deadline_in(TICK_MS * NS_PER_MS);
	guard(&w->lock);
	while (!w->finished && deadline_wait(&w->cond, &w->lock, end))
		;
	return w->finished;
}

static json_t *progress_of(struct engine *e)
{
	struct sync_status s = { 0 };
	struct last p;
	sync_status(e->sync, &s);
	engine_pending(e, &p);
	return json_pack("{s:{s:I,s:I,s:s}}", "progress", "sent", (json_int_t)s.sent_total, "left", (json_int_t)p.bytes,
	                 "phase", status_phase_name(s.phase));
}

static json_t *handle_sync(struct engine *e, const struct control_request *r, struct control_peer *peer)
{
	struct waiter w = { .engine = e,
		            .operation = log_operation_number(),
		            .timeout_ms = (uint32_t)MIN((uint64_t)r->timeout * 1000, UINT32_MAX) };
	pthread_t thread;
	pthread_mutex_init(&w.lock, NULL);
	pthread_cond_init(&w.cond, NULL);
	store_retry_now(e->store); /* a person asks: no refusal of before counts */
	if (pthread_create(&thread, NULL, wait_for_sync, &w))
		return control_answer_error(ERR_NOMEM, NULL);
	bool there = true;
	while (!tick(&w))
		if (there)
			there = control_send(peer, progress_of(e));
	pthread_join(thread, NULL);
	pthread_cond_destroy(&w.cond);
	pthread_mutex_destroy(&w.lock);
	if (!w.result)
		return control_answer_ok();
	struct store_state st = { 0 };
	struct why why = { 0 };
	store_state_of(e->store, &st);
	why_set(&why, w.result, "%s", failure_words(w.result, w.why.text, &st));
	return control_answer_error(w.result, &why);
}

static json_t *handle_lock(struct engine *e, const struct control_request *r)
{
	struct last p;
	struct why why = { 0 };
	engine_pending(e, &p);
	int err = r->lazy ? door_abort(e->door) : door_unmount(e->door, false, &why);
	if (err) {
		why_set(&why, ERR_IO, "cannot cut the mount off: %s", strerror(err));
		return control_answer_error(err == EBUSY ? ERR_BUSY : ERR_IO, &why);
	}
	return json_pack("{s:b,s:b,s:I,s:I}", "ok", 1, "unpublished", p.unpublished, "objects", (json_int_t)p.objects,
	                 "bytes", (json_int_t)p.bytes);
}

static json_t *handle_config(struct engine *e, const struct control_request *r)
{
	enum conf_key k;
	struct why why = { 0 };
	guard(&e->lock);
	err_t x = conf_find(r->key, &k, &why);
	if (!x && !conf_live(k))
		return json_pack("{s:b,s:b}", "ok", 1, "applied", 0);
	if (!x)
		x = conf_set(&e->conf, k, r->has_value ? r->value : NULL, &why);
	if (x)
		return control_answer_error(x, &why);
	if (k == CONF_CACHE_LIMIT)
		fs_set_cache_limit(e->fs, e->conf.number[k]);
	else
		e->store->ops->limit(e->store, e->conf.number[CONF_UP_LIMIT], e->conf.number[CONF_DOWN_LIMIT]);
	return json_pack("{s:b,s:b}", "ok", 1, "applied", 1);
}

static json_t *handle_status(struct engine *e)
{
	json_t *status = engine_status(e);
	return status ? json_pack("{s:b,s:o}", "ok", 1, "status", status) : NULL;
}

json_t *engine_handle(void *engine, const struct control_request *r, struct control_peer *peer)
{
	struct engine *e = engine;
	switch (r->op) {
	case CONTROL_STATUS:
		return handle_status(e);
	case CONTROL_SYNC:
		return handle_sync(e, r, peer);
	case CONTROL_LOCK:
		return handle_lock(e, r);
	case CONTROL_CONFIG:
		return handle_config(e, r);
	case CONTROL_RETRY:
		store_retry_now(e->store);
		sync_wake(e->sync);
		return control_answer_ok();
	case CONTROL_PIN:
		return engine_pin(e, r->ino, peer);
	case CONTROL_UNPIN:
		return engine_unpin(e, r->ino);
	case CONTROL_SPACE:
		return engine_space(e, r->ino);
	}
	return control_answer_error(ERR_INVAL, NULL);
}

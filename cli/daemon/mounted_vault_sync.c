/* SPDX-License-Identifier: MIT */
#include "cli/daemon/mounted_vault_sync.h"

#include "cli/daemon/mounted_vault_alarms.h"
#include "cli/daemon/mounted_vault_saved.h"
#include "cli/daemon/mounted_vault_status.h"
#include "cli/daemon/status_words.h"
#include "util/cleanup.h"
#include "util/deadline.h"
#include "util/log.h"
#include "util/process.h"

#include <string.h>

#define TICK_MS 300

/* A sync_wait on a thread of its own, so that the connection's thread can tell how far it is. */
struct waiter {
	struct mounted_vault *vault;
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
	err_t e;
	int err = fs_sync(w->vault->fs); /* what is still in buffers counts too */
	if (err)
		e = why_set(&why, err == ENOSPC ? ERR_NOSPACE : ERR_IO, "the local disk failed: %s", strerror(err));
	else
		e = sync_wait(w->vault->sync, w->timeout_ms, &why);
	guard(&w->lock);
	w->result = e;
	w->why = why;
	w->finished = true;
	pthread_cond_broadcast(&w->cond);
	return NULL;
}

static bool finished_in(struct waiter *w, unsigned ms)
{
	struct deadline end = deadline_in(ms * NS_PER_MS);
	guard(&w->lock);
	while (!w->finished && deadline_wait(&w->cond, &w->lock, end))
		;
	return w->finished;
}

static json_t *progress_of(struct mounted_vault *v)
{
	struct sync_status s = { 0 };
	struct saved p;
	sync_status(v->sync, &s);
	mounted_vault_saved(v, &p);
	return json_pack("{s:{s:I,s:I,s:s}}", "progress", "sent", (json_int_t)s.sent_total, "left", (json_int_t)p.bytes,
	                 "phase", status_phase_name(s.phase));
}

err_t mounted_vault_upload(struct mounted_vault *v, unsigned most_ms, const struct upload_tick *t, struct why *why)
{
	struct waiter w = { .vault = v, .operation = log_operation_number(), .timeout_ms = most_ms };
	pthread_t thread;
	store_retry_now(v->store); /* a person asks: no refusal of before counts */
	pthread_mutex_init(&w.lock, NULL);
	pthread_cond_init(&w.cond, NULL);
	bool started = !pthread_create(&thread, NULL, wait_for_sync, &w);
	while (started && !finished_in(&w, t->ms))
		t->fn(t->ctx);
	if (started)
		pthread_join(thread, NULL);
	pthread_cond_destroy(&w.cond);
	pthread_mutex_destroy(&w.lock);
	if (!started)
		return ERR_NOMEM;
	return w.result ? why_set(why, w.result, "%s", w.why.text) : ERR_OK;
}

/* Who asked, as long as he is there. */
struct asker {
	struct mounted_vault *vault;
	struct control_peer *peer;
	bool there;
};

static void tell(void *ctx)
{
	struct asker *a = ctx;
	if (a->there)
		a->there = control_send(a->peer, progress_of(a->vault));
}

json_t *mounted_vault_sync(struct mounted_vault *v, const struct control_request *r, struct control_peer *peer)
{
	struct asker a = { v, peer, true };
	const struct upload_tick each = { tell, &a, TICK_MS };
	struct store_state st = { 0 };
	struct why said = { 0 }, why = { 0 };
	err_t e = mounted_vault_upload(v, (unsigned)MIN((uint64_t)r->timeout * 1000, UINT32_MAX), &each, &said);
	if (!e)
		return control_answer_ok();
	if (mounted_vault_stands(v, e, &why)) /* what an alarm says is of something else */
		return control_answer_error(e, &why);
	store_state_of(v->store, &st);
	why_set(&why, e, "%s", mounted_vault_failure(e, said.text, &st));
	return control_answer_error(e, &why);
}

/* SPDX-License-Identifier: MIT
 * The blocking forms: submit, and sleep until the answer is there.
 */
#include "remote/requests/sync_calls.h"

#include "remote/requests/store_op.h"
#include "util/cleanup.h"

struct waiter {
	pthread_mutex_t lock;
	pthread_cond_t cond;
	bool done; /* lock */
	err_t e;   /* lock */
	struct buf body;
};

static void wake(void *ctx, err_t e, struct buf *body)
{
	struct waiter *w = ctx;
	guard(&w->lock);
	if (body)
		buf_move(&w->body, body);
	w->e = e;
	w->done = true;
	pthread_cond_signal(&w->cond); /* under the lock: `w` may go as soon as it is released */
}

/* sleep_until: false: the time was over, and the store was shut down so that the answer came. Lock held. */
static bool sleep_until(struct store *s, struct waiter *w, struct deadline end)
{
	while (!w->done && deadline_wait(&w->cond, &w->lock, end))
		;
	bool in_time = w->done;
	if (!in_time) {
		pthread_mutex_unlock(&w->lock);
		s->ops->shutdown(s);
		pthread_mutex_lock(&w->lock);
	}
	while (!w->done)
		pthread_cond_wait(&w->cond, &w->lock);
	return in_time;
}

static err_t call(struct store *s, enum store_op_kind kind, struct store_request r, struct deadline end,
                  struct buf *out)
{
	struct waiter w = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false, ERR_OK, BUF_INIT };
	r.done = wake;
	r.ctx = &w;
	r.urgency = STORE_READER_WAITS;
	store_op_submit(s, kind, &r);
	pthread_mutex_lock(&w.lock);
	err_t e = sleep_until(s, &w, end) ? w.e : ERR_TIMEOUT;
	pthread_mutex_unlock(&w.lock);
	if (!e && out && !out->len)
		buf_move(out, &w.body);
	else if (!e && out)
		buf_put(out, w.body.p, w.body.len);
	buf_free(&w.body);
	pthread_cond_destroy(&w.cond);
	pthread_mutex_destroy(&w.lock);
	if (!e && out)
		e = buf_ok(out);
	return e;
}

err_t store_put_sync(struct store *s, const char *name, struct span body)
{
	return call(s, STORE_PUT, (struct store_request){ .name = name, .body = body }, DEADLINE_NEVER, NULL);
}

err_t store_get_sync(struct store *s, const char *name, uint64_t offset, uint64_t length, uint64_t limit,
                     struct buf *out)
{
	return call(s, STORE_GET,
	            (struct store_request){ .name = name, .offset = offset, .length = length, .limit = limit },
	            DEADLINE_NEVER, out);
}

err_t store_get_until(struct store *s, const char *name, uint64_t limit, struct deadline end, struct buf *out)
{
	return call(s, STORE_GET, (struct store_request){ .name = name, .limit = limit }, end, out);
}

err_t store_del_sync(struct store *s, const char *name)
{
	return call(s, STORE_DEL, (struct store_request){ .name = name }, DEADLINE_NEVER, NULL);
}

void store_close(struct store *s)
{
	if (!s)
		return;
	s->ops->shutdown(s);
	s->ops->destroy(s);
}

void store_whose(struct store *s, char out[STORE_WHOSE_MAX])
{
	out[0] = 0;
	if (s->ops->whose)
		s->ops->whose(s, out);
}

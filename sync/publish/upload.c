/* SPDX-License-Identifier: MIT
 * The queue goes to the store: in parallel up to the next barrier; what is answered together is confirmed together, in
 * one durable transaction. The last segments before a commit are confirmed with it: a small change costs one. One
 * object that the store refuses keeps back what comes behind the next barrier, and nothing else.
 */
#include "sync/publish/upload.h"

#include "sync/core/stored.h"
#include "sync/core/sync_struct.h"
#include "sync/publish/close.h"
#include "sync/publish/confirm.h"
#include "sync/publish/read_back.h"
#include "util/hex.h"

#define REFUSED_ROW 3 /* in a row: then it is the store */

struct upload {
	struct sync *s;
	unsigned flying;
	err_t error;          /* first failure: nothing more is started */
	err_t refusal;        /* of one object */
	unsigned refused;     /* how many since the last that was taken */
	struct job *done;     /* under s->lock: just answered */
	struct job *answered; /* stored, not yet confirmed; in order of sequence */
};

static void job_freep(struct job **j)
{
	if (*j)
		job_free(*j);
}

static void job_done(void *ctx, err_t e, struct buf *body)
{
	struct job *j = ctx;
	struct sync *s = j->up->s;
	(void)body;
	guard(&s->lock);
	j->error = e;
	j->next = j->up->done;
	j->up->done = j;
	pthread_cond_broadcast(&s->wake);
}

/* damaged_here: a block of it: so the segment goes up without it, and that is not forgotten. */
static err_t damaged_here(struct sync *s, const char *segment)
{
	struct id id;
	log_error(AREA_SYNC, "a block for segment %s is damaged in the local state", segment);
	return hex_decode(segment, id.b, ID_LEN) ? stored_lose(s->c.map, id) : ERR_DAMAGED;
}

/* segment_bytes: the object of a segment: sealed blocks where they belong, random bytes between and behind them. */
static err_t segment_bytes(struct sync *s, const struct item *it, struct buf *out)
{
	cleanup(buf_free) struct buf v = BUF_INIT, block = BUF_INIT;
	struct rkey key = queue_key(QUEUE_SEGMENT, it->sequence, it->name);
	struct queue_block sb;
	uint64_t size;
	uint32_t n;
	err_t e = map_get(s->c.map, MAP_QUEUE, rkey_span(&key), &v);
	struct rd r = RD(buf_span(&v));
	if (!e)
		e = segment_begin(&r, &size, &n);
	if (e) {
		log_error(AREA_SYNC, "the list of segment %s in the queue cannot be read (%s)", it->name, err_text(e));
		return e;
	}
	uint8_t *p = buf_extend(out, size);
	if (!p)
		return ERR_NOMEM;
	e = crypto_random(p, size);
	for (uint64_t at = 0; !e && n && segment_next(&r, &sb); n--, at += sb.stored) {
		if (sb.stored > size - at) {
			log_error(AREA_SYNC, "the list of segment %s in the queue names more than fits", it->name);
			return ERR_DAMAGED;
		}
		e = map_get(s->c.map, MAP_BLOCK, id_span(&sb.id), &block);
		if (!e && block.len == sb.sealed)
			memcpy(p + at, block.p, block.len);
		else if (e == ERR_DAMAGED || (!e && block.len != sb.sealed))
			e = damaged_here(s, it->name);
		/* ERR_NOTFOUND: its file was deleted meanwhile, the next commit says so */
		if (e == ERR_NOTFOUND || e == ERR_DAMAGED)
			e = ERR_OK;
	}
	return e;
}

static err_t job_start(struct upload *up, struct item *it)
{
	struct sync *s = up->s;
	cleanup(job_freep) struct job *j = calloc(1, sizeof(*j));
	if (!j)
		return ERR_NOMEM;
	j->up = up;
	j->sequence = it->sequence;
	err_t e;
	if (it->kind == QUEUE_SEGMENT) {
		e = segment_bytes(s, it, &j->body);
	} else {
		struct rkey key = queue_key(QUEUE_OBJECT, it->sequence, it->name);
		e = map_get(s->c.map, MAP_QUEUE, rkey_span(&key), &j->body);
	}
	if (e)
		return e;
	it->flying = true;
	up->flying++;
	s->puts++;
	struct store_request r = {
		.name = it->name, .body = buf_span(&j->body), .urgency = STORE_SOON, .done = job_done, .ctx = j
	};
	j = NULL;
	s->c.store->ops->put(s->c.store, &r);
	return ERR_OK;
}

/* upload_next: the next item that may be sent now, or NULL. */
static struct item *upload_next(struct upload *up)
{
	struct queue *q = &up->s->queue;
	bool lower = false;
	for (size_t i = 0; i < q->n; i++) {
		struct item *it = &q->items[i];
		if ((it->kind != QUEUE_SEGMENT && it->kind != QUEUE_OBJECT) || it->answered)
			continue;
		if (!it->flying && !it->refused)
			return queue_barrier(it->sequence) && lower ? NULL : it;
		if (queue_barrier(it->sequence))
			return NULL;
		lower = true;
	}
	return NULL;
}

/* answered_add: in order of sequence, so that a commit finds its segments before it. */
static void answered_add(struct upload *up, struct job *j)
{
	struct job **at = &up->answered;
	while (*at && (*at)->sequence < j->sequence)
		at = &(*at)->next;
	j->next = *at;
	*at = j;
}

/* failed: what that does to the rest. */
static void failed(struct upload *up, struct item *it, err_t e)
{
	it->refused = asked_alone(e) && ++up->refused < REFUSED_ROW;
	if (it->refused)
		up->refusal = up->refusal ? up->refusal : e;
	else
		up->error = up->error ? up->error : e;
}

/* upload_reap: waits until something was answered. */
static void upload_reap(struct upload *up)
{
	struct sync *s = up->s;
	struct job *list;
	{
		guard(&s->lock);
		while (!up->done)
			pthread_cond_wait(&s->wake, &s->lock);
		list = steal_ptr(up->done);
	}
	while (list) {
		struct job *j = list;
		struct item *it = queue_find(&s->queue, j->sequence);
		list = j->next;
		up->flying--;
		s->puts--;
		it->flying = false;
		if (!j->error)
			j->error = read_back(s, it, buf_span(&j->body));
		it->answered = !j->error;
		if (j->error) {
			failed(up, it, j->error);
			job_free(j);
		} else {
			up->refused = 0;
			answered_add(up, j);
		}
	}
}

/* upload_last: only a barrier is left to be sent: what was answered is confirmed together with it. */
static bool upload_last(struct upload *up)
{
	for (const struct job *j = up->answered; j; j = j->next) {
		if (queue_barrier(j->sequence))
			return false;
	}
	const struct item *it = up->flying || up->error || sync_stopping(up->s) ? NULL : upload_next(up);
	return it && queue_barrier(it->sequence);
}

/* upload_more: something is sent beside what is under way, until there is enough of that. */
static void upload_more(struct upload *up)
{
	struct sync *s = up->s;
	struct item *it;
	while (!up->error && up->flying < PUTS_MAX && !sync_stopping(s) && (it = upload_next(up))) {
		sync_phase_set(s, SYNC_UPLOADING);
		up->error = close_overdue(s) ? ERR_BUSY : job_start(up, it);
	}
}

err_t upload_run(struct sync *s)
{
	struct upload up = { .s = s };
	for (size_t i = 0; i < s->queue.n; i++)
		s->queue.items[i].refused = false;
	for (;;) {
		upload_more(&up);
		if (!up.flying)
			break;
		upload_reap(&up);
		if (up.answered && !upload_last(&up)) {
			err_t e = upload_confirm(s, &up.answered);
			up.error = up.error ? up.error : e;
		}
	}
	err_t e = up.answered ? upload_confirm(s, &up.answered) : ERR_OK; /* the barrier could not be sent */
	if (up.error || e)
		return up.error ? up.error : e;
	if (up.refusal)
		return up.refusal;
	return sync_stopping(s) && upload_next(&up) ? ERR_CANCELED : ERR_OK;
}

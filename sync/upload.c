/* SPDX-License-Identifier: MIT
 * The queue goes to the store: in parallel up to the next barrier; what is answered together is confirmed together, in
 * one durable transaction. The last segments before a commit are confirmed with it: a small change costs one.
 */
#include "sync/internal.h"
#include "util/trace.h"

#define REPAIR_MAX 16 /* newest own commits looked at when the engine starts */

struct upload {
	struct sync *s;
	unsigned flying;
	err_t error;          /* first failure: nothing more is started */
	struct job *done;     /* under s->lock: just answered */
	struct job *answered; /* stored, not yet confirmed; in order of sequence */
};
struct job {
	struct upload *up;
	struct job *next;
	struct buf body;
	uint64_t sequence;
	err_t error;
};

static void job_free(struct job *j)
{
	buf_free(&j->body);
	free(j);
}

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

/* segment_bytes: the object of a segment: sealed blocks where they belong, random bytes between and behind them. */
static err_t segment_bytes(struct sync *s, const struct item *it, struct buf *out)
{
	cleanup(buf_free) struct buf v = BUF_INIT, block = BUF_INIT;
	struct rkey key = queue_key(QUEUE_SEGMENT, it->sequence, it->name);
	struct segment_block sb;
	uint64_t size;
	uint32_t n;
	err_t e = map_get(s->c.map, MAP_QUEUE, rkey_span(&key), &v);
	struct rd r = RD(buf_span(&v));
	if (!e)
		e = segment_begin(&r, &size, &n);
	if (e)
		return e;
	uint8_t *p = buf_extend(out, size);
	if (!p)
		return ERR_NOMEM;
	e = crypto_random(p, size);
	for (uint64_t at = 0; !e && n && segment_next(&r, &sb); n--, at += sb.stored) {
		if (sb.stored > size - at)
			return ERR_DAMAGED;
		e = map_get(s->c.map, MAP_BLOCK, SPAN(sb.id, ID_LEN), &block);
		if (!e && block.len == sb.sealed)
			memcpy(p + at, block.p, block.len);
		else if (e == ERR_DAMAGED || (!e && block.len != sb.sealed))
			log_error(AREA_SYNC, "a block for segment %s is damaged in the local state", it->name);
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
		if (!it->flying)
			return queue_barrier(it->sequence) && lower ? NULL : it;
		if (queue_barrier(it->sequence))
			return NULL;
		lower = true;
	}
	return NULL;
}

/* release_blocks: the blocks of a segment may be evicted from now on. */
static err_t release_blocks(struct ops *o, struct span value)
{
	struct rd r = RD(value);
	struct segment_block sb;
	uint64_t size;
	uint32_t n;
	err_t e = segment_begin(&r, &size, &n);
	for (; !e && n && segment_next(&r, &sb); n--) {
		struct rkey held = key_queue(QUEUE_HELD, sb.id);
		ops_del(o, MAP_QUEUE, rkey_span(&held));
	}
	return e;
}

struct confirm { /* what was answered, on its way into one transaction */
	struct sync *s;
	struct state next;
	struct ops ops;
};

static err_t confirm_segment(struct confirm *c, const struct item *it)
{
	cleanup(buf_free) struct buf v = BUF_INIT;
	struct rkey from = queue_key(QUEUE_SEGMENT, it->sequence, it->name),
	            to = queue_key(QUEUE_SENT, it->sequence, it->name);
	err_t e = map_get(c->s->c.map, MAP_QUEUE, rkey_span(&from), &v);
	ops_del(&c->ops, MAP_QUEUE, rkey_span(&from));
	if (!e)
		ops_put(&c->ops, MAP_QUEUE, rkey_span(&to), buf_span(&v));
	return e;
}

/* confirm_commit: the last part of a commit: its segments are named on the store now. */
static err_t confirm_commit(struct confirm *c, const struct item *it)
{
	struct sync *s = c->s;
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < s->queue.n && s->queue.items[i].sequence < it->sequence; i++) {
		const struct item *sent = &s->queue.items[i];
		if (sent->kind != QUEUE_SENT && sent->kind != QUEUE_SEGMENT)
			continue;
		cleanup(buf_free) struct buf v = BUF_INIT;
		struct rkey key = queue_key(sent->kind, sent->sequence, sent->name), /* SEGMENT: answered just now */
		        gone = queue_key(QUEUE_SENT, sent->sequence, sent->name);
		e = map_get(s->c.map, MAP_QUEUE, rkey_span(&key), &v);
		if (!e)
			e = release_blocks(&c->ops, buf_span(&v));
		ops_del(&c->ops, MAP_QUEUE, rkey_span(&gone));
	}
	c->next.confirmed++;
	TRACE(commit_stored, c->next.confirmed);
	if (c->next.announced_n == c->next.confirmed)
		c->next.announced_n = 0;
	state_put(&c->ops, &c->next);
	return e;
}

static err_t confirm_object(struct confirm *c, const struct item *it, struct span body)
{
	struct rkey from = queue_key(QUEUE_OBJECT, it->sequence, it->name),
	            to = queue_key(QUEUE_KEPT, it->sequence, it->name);
	unsigned class = it->sequence & 0xff;
	ops_del(&c->ops, MAP_QUEUE, rkey_span(&from));
	if (class == CLASS_PART || class == CLASS_COMMIT)
		ops_put(&c->ops, MAP_QUEUE, rkey_span(&to), body);
	return class == CLASS_COMMIT ? confirm_commit(c, it) : ERR_OK;
}

static void confirm_index(struct sync *s, uint64_t sequence)
{
	struct item *it = queue_find(&s->queue, sequence);
	unsigned class = sequence & 0xff;
	it->answered = false;
	if (it->kind == QUEUE_SEGMENT) {
		it->kind = QUEUE_SENT;
		it->flying = false;
	} else if (class == CLASS_PART || class == CLASS_COMMIT) {
		it->kind = QUEUE_KEPT;
		it->flying = false;
	} else {
		queue_remove(&s->queue, sequence);
	}
	for (size_t i = 0; class == CLASS_COMMIT && i < s->queue.n && s->queue.items[i].sequence < sequence;) {
		if (s->queue.items[i].kind == QUEUE_SENT)
			queue_remove(&s->queue, s->queue.items[i].sequence);
		else
			i++;
	}
}

static void confirm_status(struct sync *s, const struct item *it)
{
	guard(&s->lock);
	s->status.sent_total += it->size;
	if ((it->sequence & 0xff) == CLASS_COMMIT)
		s->status.last_commit_time = s->c.clock.wall(s->c.clock.ctx);
	queue_waiting(&s->queue, &s->status.queued_objects, &s->status.queued_bytes);
}

/* upload_confirm: all that was answered leaves the queue in one durable transaction, in order. */
static err_t upload_confirm(struct upload *up)
{
	struct sync *s = up->s;
	struct confirm c = { .s = s, .next = s->st, .ops = OPS_INIT };
	err_t e = ERR_OK;
	for (const struct job *j = up->answered; !e && j; j = j->next) {
		const struct item *it = queue_find(&s->queue, j->sequence);
		e = it->kind == QUEUE_SEGMENT ? confirm_segment(&c, it) : confirm_object(&c, it, buf_span(&j->body));
	}
	if (!e)
		e = ops_commit(&c.ops, s->c.map);
	ops_free(&c.ops);
	if (!e)
		s->st = c.next;
	for (struct job *j = steal_ptr(up->answered), *next; j; j = next) {
		struct item *it = queue_find(&s->queue, j->sequence), copy = *it;
		next = j->next;
		if (e) { /* it is sent again */
			it->answered = false;
		} else {
			confirm_index(s, j->sequence);
			confirm_status(s, &copy);
		}
		job_free(j);
	}
	return e;
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
		it->flying = false;
		it->answered = !j->error;
		if (j->error && !up->error)
			up->error = j->error;
		if (j->error)
			job_free(j);
		else
			answered_add(up, j);
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

err_t upload_run(struct sync *s)
{
	struct upload up = { .s = s };
	struct item *it;
	for (;;) {
		while (!up.error && up.flying < PUTS_MAX && !sync_stopping(s) && (it = upload_next(&up))) {
			sync_phase_set(s, SYNC_UPLOADING);
			up.error = job_start(&up, it);
		}
		if (!up.flying)
			break;
		upload_reap(&up);
		if (up.answered && !upload_last(&up)) {
			err_t e = upload_confirm(&up);
			up.error = up.error ? up.error : e;
		}
	}
	err_t e = up.answered ? upload_confirm(&up) : ERR_OK; /* the barrier could not be sent */
	if (up.error || e)
		return up.error ? up.error : e;
	return sync_stopping(s) && upload_next(&up) ? ERR_CANCELED : ERR_OK;
}

/* --- what the store lost --- */
static err_t repair_one(struct sync *s, const struct item *it)
{
	cleanup(buf_free) struct buf ours = BUF_INIT, theirs = BUF_INIT;
	struct rkey key = queue_key(QUEUE_KEPT, it->sequence, it->name);
	err_t e = map_get(s->c.map, MAP_QUEUE, rkey_span(&key), &ours);
	if (e)
		return e;
	e = store_get_sync(s->c.store, it->name, 0, 0, OBJECT_MAX, &theirs);
	if (!e && span_cmp(buf_span(&ours), buf_span(&theirs)) == 0)
		return ERR_OK;
	if (e && e != ERR_NOTFOUND && !sync_unproved(e))
		return e;
	sync_alarm(s, "the store had lost or damaged an own commit (%s): stored again", it->name);
	return store_put_sync(s->c.store, it->name, buf_span(&ours));
}

err_t upload_repair(struct sync *s)
{
	err_t e = ERR_OK;
	unsigned looked = 0;
	for (size_t i = s->queue.n; !e && i > 0 && looked < REPAIR_MAX && !sync_stopping(s); i--) {
		if (s->queue.items[i - 1].kind != QUEUE_KEPT)
			continue;
		looked++;
		e = repair_one(s, &s->queue.items[i - 1]);
	}
	return e;
}

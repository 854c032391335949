/* SPDX-License-Identifier: MIT
 * The queue goes to the store: in parallel up to the next barrier, every confirmation one durable transaction.
 */
#include "sync/internal.h"

#define REPAIR_MAX 16 /* newest own commits looked at when the engine starts */

struct upload {
	struct sync *s;
	unsigned flying;
	err_t error;      /* first failure: nothing more is started */
	struct job *done; /* under s->lock: answered, not yet confirmed */
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
			log_error("sync", "a block for segment %s is damaged in the local state", it->name);
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
		if (it->kind != QUEUE_SEGMENT && it->kind != QUEUE_OBJECT)
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

static err_t confirm_segment(struct sync *s, struct item *it, struct ops *o)
{
	cleanup(buf_free) struct buf v = BUF_INIT;
	struct rkey from = queue_key(QUEUE_SEGMENT, it->sequence, it->name),
	            to = queue_key(QUEUE_SENT, it->sequence, it->name);
	err_t e = map_get(s->c.map, MAP_QUEUE, rkey_span(&from), &v);
	ops_del(o, MAP_QUEUE, rkey_span(&from));
	if (!e)
		ops_put(o, MAP_QUEUE, rkey_span(&to), buf_span(&v));
	return e;
}

/* confirm_commit: the last part of a commit: its segments are named on the store now. */
static err_t confirm_commit(struct sync *s, struct item *it, struct state *next, struct ops *o)
{
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < s->queue.n && s->queue.items[i].sequence < it->sequence; i++) {
		struct item *sent = &s->queue.items[i];
		if (sent->kind != QUEUE_SENT)
			continue;
		cleanup(buf_free) struct buf v = BUF_INIT;
		struct rkey key = queue_key(QUEUE_SENT, sent->sequence, sent->name);
		e = map_get(s->c.map, MAP_QUEUE, rkey_span(&key), &v);
		if (!e)
			e = release_blocks(o, buf_span(&v));
		ops_del(o, MAP_QUEUE, rkey_span(&key));
	}
	next->confirmed++;
	if (next->announced_n == next->confirmed)
		next->announced_n = 0;
	state_put(o, next);
	return e;
}

static void confirm_index(struct sync *s, uint64_t sequence)
{
	struct item *it = queue_find(&s->queue, sequence);
	unsigned class = sequence & 0xff;
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

static err_t upload_confirm(struct sync *s, const struct job *j)
{
	cleanup(ops_free) struct ops o = OPS_INIT;
	struct item *it = queue_find(&s->queue, j->sequence), copy = *it;
	struct state next = s->st;
	unsigned class = it->sequence & 0xff;
	err_t e = ERR_OK;
	if (it->kind == QUEUE_SEGMENT) {
		e = confirm_segment(s, it, &o);
	} else {
		struct rkey from = queue_key(QUEUE_OBJECT, it->sequence, it->name),
		            to = queue_key(QUEUE_KEPT, it->sequence, it->name);
		ops_del(&o, MAP_QUEUE, rkey_span(&from));
		if (class == CLASS_PART || class == CLASS_COMMIT)
			ops_put(&o, MAP_QUEUE, rkey_span(&to), buf_span(&j->body));
		if (class == CLASS_COMMIT)
			e = confirm_commit(s, it, &next, &o);
	}
	if (!e)
		e = ops_commit(&o, s->c.map);
	if (e)
		return e;
	s->st = next;
	confirm_index(s, j->sequence);
	confirm_status(s, &copy);
	return ERR_OK;
}

/* upload_reap: waits until something was answered, confirms all that was. */
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
		cleanup(job_freep) struct job *j = list;
		list = j->next;
		up->flying--;
		err_t e = j->error ? j->error : upload_confirm(s, j);
		if (e) {
			struct item *it = queue_find(&s->queue, j->sequence);
			if (it)
				it->flying = false;
			if (!up->error)
				up->error = e;
		}
	}
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
	}
	return up.error ? up.error : sync_stopping(s) && upload_next(&up) ? ERR_CANCELED : ERR_OK;
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

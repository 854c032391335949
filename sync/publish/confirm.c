/* SPDX-License-Identifier: MIT
 * What was answered leaves the queue.
 */
#include "sync/publish/confirm.h"

#include "sync/core/stored.h"
#include "sync/core/sync_struct.h"
#include "util/hex.h"
#include "util/trace.h"

void job_free(struct job *j)
{
	buf_free(&j->body);
	free(j);
}

/* release_blocks: the blocks of a segment may be evicted from now on. */
static err_t release_blocks(struct ops *o, struct span value)
{
	struct rd r = RD(value);
	struct queue_block sb;
	uint64_t size;
	uint32_t n;
	err_t e = segment_begin(&r, &size, &n);
	for (; !e && n && segment_next(&r, &sb); n--) {
		struct rkey pinned = key_queue(QUEUE_UPLOAD_PINNED, sb.id);
		ops_del(o, MAP_QUEUE, rkey_span(&pinned));
	}
	return e;
}

struct confirm { /* what was answered, on its way into one transaction */
	struct sync *s;
	struct state next;
	struct ops ops;
};

/* remember: the segment is looked for from now on. One that was found damaged meanwhile stays so. */
static err_t remember(struct confirm *c, const struct item *sent)
{
	struct map *m = c->s->c.map;
	struct stored x = { .sequence = sent->sequence, .size = sent->size }, known;
	if (!hex_decode(sent->name, x.segment.b, ID_LEN))
		return ERR_DAMAGED;
	err_t e = stored_get(m, x.segment, &known);
	x.lost = !e && known.lost;
	x.given = x.lost && known.given;
	x.missing = x.lost ? known.missing : 0;
	stored_put(&c->ops, &x);
	return e == ERR_NOTFOUND || e == ERR_DAMAGED || e == ERR_VERSION ? ERR_OK : e;
}

static err_t confirm_segment(struct confirm *c, const struct item *it)
{
	cleanup(buf_free) struct buf v = BUF_INIT;
	struct rkey from = queue_key(QUEUE_SEGMENT, it->sequence, it->name),
	            to = queue_key(QUEUE_SENT, it->sequence, it->name);
	err_t e = map_get(c->s->c.map, MAP_QUEUE, rkey_span(&from), &v);
	ops_del(&c->ops, MAP_QUEUE, rkey_span(&from));
	if (!e)
		ops_put(&c->ops, MAP_QUEUE, rkey_span(&to), buf_span(&v));
	return e ? e : remember(c, it);
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
	state_put(&c->ops, &c->next);
	return e;
}

static err_t confirm_object(struct confirm *c, const struct item *it, struct span body)
{
	struct rkey from = queue_key(QUEUE_OBJECT, it->sequence, it->name),
	            to = queue_key(QUEUE_RETAINED, it->sequence, it->name);
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
		it->kind = QUEUE_RETAINED;
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
	queue_waiting(&s->queue, &s->saved.objects, &s->saved.bytes);
}

err_t upload_confirm(struct sync *s, struct job **list)
{
	struct confirm c = { .s = s, .next = s->st, .ops = OPS_INIT };
	err_t e = ERR_OK;
	for (const struct job *j = *list; !e && j; j = j->next) {
		const struct item *it = queue_find(&s->queue, j->sequence);
		e = it->kind == QUEUE_SEGMENT ? confirm_segment(&c, it) : confirm_object(&c, it, buf_span(&j->body));
	}
	if (!e)
		e = ops_commit(&c.ops, s->c.map);
	ops_free(&c.ops);
	if (!e)
		s->st = c.next;
	for (struct job *j = steal_ptr(*list), *next; j; j = next) {
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

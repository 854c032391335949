/* SPDX-License-Identifier: MIT */
#include "sync/publish/taken.h"

#include "sync/core/epoch.h"
#include "sync/core/sync_struct.h"
#include "sync/publish/own_get.h"

#define BEGIN_LEN 64u /* salt and commitment of its envelope: objects that begin alike are one */

/* The first part of one of our commits, in the queue. Every commit has one, so who has its place has that. */
struct part {
	struct sync *s;
	const struct item *it;
	uint64_t n;
	struct buf here;  /* its bytes */
	bool same, taken; /* it has its place; another commit of ours has it */
	bool there;       /* something is in its place */
};

bool taken_is_part(const struct item *it)
{
	unsigned class = it->sequence & 0xff;
	bool kept = it->kind == QUEUE_OBJECT || it->kind == QUEUE_RETAINED;
	return kept && (class == CLASS_PART || class == CLASS_COMMIT);
}

bool taken_ends(const struct item *it)
{
	return taken_is_part(it) && (it->sequence & 0xff) == CLASS_COMMIT;
}

/* is_same: the same may be there, by an answer that was lost before the backup, or by the other life. Asks for its
 * begin alone. ERR_NOTFOUND: nothing is there; what is damaged is. */
static err_t is_same(struct part *p, const char *name)
{
	cleanup(buf_free) struct buf there = BUF_INIT;
	size_t n = MIN(p->here.len, (size_t)BEGIN_LEN);
	err_t e = store_get_sync(p->s->c.store, name, 0, n, n, &there);
	if (e && !sync_unproved(e))
		return e;
	p->there = true;
	p->same = !e && span_cmp(buf_span(&there), SPAN(p->here.p, n)) == 0;
	return ERR_OK;
}

/* look: in one epoch. */
static err_t look(struct part *p, uint32_t number)
{
	cleanup(epoch_wipe) struct epoch epoch = { 0 };
	cleanup(buf_free) struct buf contents = BUF_INIT;
	const struct stream *own = streams_find(p->s, p->s->stream);
	char name[OBJECT_NAME];
	err_t e = epoch_open(p->s->c.keyring, number, &epoch);
	if (!e)
		e = name_commit(&epoch.names, own->hash, p->n, 0, name);
	if (!e)
		e = is_same(p, name);
	if (e || p->same)
		return e;
	struct object_place at = epoch_place(&epoch, OBJECT_COMMIT, name);
	e = own_get(p->s, &at, &contents);
	return e ? e : own_get_is(p->s, buf_span(&contents), p->n, &p->taken);
}

static err_t look_all(struct part *p)
{
	struct rkey key = queue_key(p->it->kind, p->it->sequence, p->it->name);
	err_t e = map_get(p->s->c.map, MAP_QUEUE, rkey_span(&key), &p->here);
	for (uint32_t i = keyring_epoch(p->s->c.keyring); !e && !p->same && !p->taken && i >= 1; i--) {
		e = look(p, i);
		if (e == ERR_NOTFOUND)
			e = ERR_OK;
	}
	return e;
}

/* first_n: of the first commit in the queue. The last one that is retained is `confirmed`; what is counted below 1 is
 * of former streams (members/incarnation.h). */
static int64_t first_n(const struct sync *s)
{
	int64_t n = (int64_t)s->st.confirmed + 1;
	for (size_t i = 0; i < s->queue.n; i++)
		n -= s->queue.items[i].kind == QUEUE_RETAINED && taken_ends(&s->queue.items[i]);
	return n;
}

static err_t first_part(struct sync *s, const struct item *it, int64_t n, struct taken *at)
{
	struct part p = { .s = s, .it = it, .n = (uint64_t)n, .here = BUF_INIT };
	err_t e = look_all(&p);
	at->n = p.taken ? (uint64_t)n : 0;
	at->lost |= !e && !p.there && it->kind == QUEUE_RETAINED;
	buf_free(&p.here);
	return e;
}

err_t taken_find(struct sync *s, unsigned kept, struct taken *ret)
{
	int64_t n = first_n(s), least = MAX((int64_t)s->st.confirmed + 1 - (int64_t)kept, 1);
	struct taken at = { 0 };
	bool first = true;
	err_t e = ERR_OK;
	for (size_t i = 0; !e && !at.n && i < s->queue.n; i++) {
		const struct item *it = &s->queue.items[i];
		if (first && n >= least && taken_is_part(it))
			e = first_part(s, it, n, &at);
		first = taken_ends(it) || (first && !taken_is_part(it));
		if (!at.n && taken_ends(it))
			at.at = i + 1, n++;
	}
	if (!e)
		*ret = at;
	return e;
}

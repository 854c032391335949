/* SPDX-License-Identifier: MIT */
#include "sync/publish/rehome.h"

#include "sync/core/epoch.h"
#include "sync/core/sync_struct.h"

struct rehoming {
	struct sync *s;
	struct ops ops;
	struct item *renamed; /* in order of the queue, from `first` on */
	size_t first, n;
};

static void rehoming_free(struct rehoming *r)
{
	ops_free(&r->ops);
	free(r->renamed);
}

static err_t bytes_of(struct sync *s, const struct item *it, struct buf *out)
{
	struct rkey key = queue_key(it->kind, it->sequence, it->name);
	return map_get(s->c.map, MAP_QUEUE, rkey_span(&key), out);
}

/* seal_again: under the name that its hash gives. */
static err_t seal_again(struct sync *s, uint32_t number, struct item *it, struct span bytes, struct buf *out)
{
	cleanup(epoch_wipe) struct epoch epoch = { 0 };
	cleanup(buf_wipe_free) struct buf plain = BUF_INIT;
	char name[OBJECT_NAME];
	uint8_t sig[SIG_LEN];
	struct hash hash;
	err_t e = epoch_open(s->c.keyring, number, &epoch);
	struct object_place at = epoch_place(&epoch, OBJECT_COMMIT, it->name);
	if (!e)
		e = object_open(&at, bytes, &plain, &hash, sig);
	if (!e)
		e = name_copy(&epoch.names, hash, name);
	at.name = name;
	if (!e)
		e = object_seal(&at, buf_span(&plain), s->seed, out, &hash);
	if (!e)
		memcpy(it->name, name, sizeof(name));
	return e;
}

static err_t rename_one(struct rehoming *r, struct item *it)
{
	struct sync *s = r->s;
	cleanup(buf_free) struct buf bytes = BUF_INIT, sealed = BUF_INIT;
	struct rkey before = queue_key(it->kind, it->sequence, it->name);
	err_t e = bytes_of(s, it, &bytes), opened = ERR_DAMAGED;
	for (uint32_t i = keyring_epoch(s->c.keyring); !e && i >= 1 && opened == ERR_DAMAGED; i--)
		opened = seal_again(s, i, it, buf_span(&bytes), &sealed);
	e = e ? e : opened;
	if (e)
		return e;
	it->kind = QUEUE_OBJECT; /* a part that had gone is sent again */
	it->size = sealed.len;
	struct rkey after = queue_key(it->kind, it->sequence, it->name);
	if (span_cmp(rkey_span(&before), rkey_span(&after)) != 0) /* it had that name before, and waits still */
		ops_del(&r->ops, MAP_QUEUE, rkey_span(&before));
	ops_put(&r->ops, MAP_QUEUE, rkey_span(&after), buf_span(&sealed));
	return buf_ok(&r->ops.b);
}

static err_t rename_all(struct rehoming *r)
{
	struct queue *q = &r->s->queue;
	err_t e = ERR_OK;
	r->n = q->n - r->first;
	r->renamed = calloc(r->n, sizeof(*r->renamed));
	if (!r->renamed)
		return ERR_NOMEM;
	memcpy(r->renamed, q->items + r->first, r->n * sizeof(*r->renamed));
	for (size_t i = 0; !e && i < r->n; i++)
		if (taken_is_part(&r->renamed[i]))
			e = rename_one(r, &r->renamed[i]);
	if (!e)
		e = ops_commit(&r->ops, r->s->c.map);
	if (!e)
		memcpy(q->items + r->first, r->renamed, r->n * sizeof(*r->renamed));
	return e;
}

err_t rehome_run(struct sync *s, const struct taken *from)
{
	cleanup(rehoming_free) struct rehoming r = { .s = s, .first = from->at };
	struct state next = s->st;
	next.confirmed = MIN(next.confirmed, from->n - 1); /* they are counted when they are sent again */
	state_put(&r.ops, &next);
	err_t e = rename_all(&r);
	if (!e)
		s->st = next;
	return e;
}

/* SPDX-License-Identifier: MIT
 * Changes of shared records in one buffer: key, flags, before, after.
 */
#include "sync/core/delta.h"

#include "sync/core/sync_struct.h"
#include "vault/txn/txn.h"

enum { HAS_BEFORE = 1, HAS_AFTER = 2 };

void delta_free(struct delta *d)
{
	buf_free(&d->b);
}

err_t delta_add(struct delta *d, struct span key, struct span before, struct span after)
{
	uint8_t kind = key.len ? *(const uint8_t *)key.p : MAP_LOCAL;
	if (kind >= MAP_LOCAL || key.len > MAP_KEY_MAX)
		return ERR_DAMAGED;
	if (kind >= REC_DEVICE && kind <= REC_EPOCH)
		d->roster = true;
	uint64_t height;
	if (after.p && key_parse_ino(key, REC_CHECKPOINT, &height))
		d->checkpoint_height = MAX(d->checkpoint_height, height);
	buf_blob16(&d->b, key);
	buf_u8(&d->b, (uint8_t)((before.p ? HAS_BEFORE : 0) | (after.p ? HAS_AFTER : 0)));
	buf_blob32(&d->b, before);
	buf_blob32(&d->b, after);
	return buf_ok(&d->b);
}

bool delta_next(struct rd *r, struct change *c)
{
	if (r->bad || !r->left)
		return false;
	c->key = rd_blob16(r);
	uint8_t has = rd_u8(r);
	c->before = rd_blob32(r);
	c->after = rd_blob32(r);
	if (!(has & HAS_BEFORE))
		c->before.p = NULL;
	if (!(has & HAS_AFTER))
		c->after.p = NULL;
	return !r->bad;
}

err_t delta_commit(struct delta *d, struct map *m, struct span changes)
{
	cleanup(buf_free) struct buf before = BUF_INIT;
	struct rd r = RD(changes);
	struct span key, value;
	while (change_next(&r, &key, &value)) {
		err_t e = map_get(m, MAP_RECORDS, key, &before);
		bool had = e == ERR_OK;
		if (e && e != ERR_NOTFOUND)
			return e;
		e = delta_add(d, key, had ? buf_span(&before) : SPAN(NULL, 0), value);
		if (e)
			return e;
	}
	return r.bad ? ERR_DAMAGED : ERR_OK;
}

static int inverse_one(void *ctx, struct span key, struct span before, struct span after)
{
	return delta_add(ctx, key, after, before);
}

err_t delta_inverse(struct delta *d, struct map *m, uint64_t changeset)
{
	return map_delta(m, changeset, SPAN(NULL, 0), inverse_one, d);
}

err_t delta_digest(const struct delta *d, struct lthash *h)
{
	struct rd r = RD(buf_span(&d->b));
	struct change c;
	err_t e = ERR_OK;
	while (!e && delta_next(&r, &c)) {
		if (c.before.p)
			e = lthash_remove(h, c.key, c.before);
		if (!e && c.after.p)
			e = lthash_add(h, c.key, c.after);
	}
	return e;
}

static void delta_txn(const struct delta *d, struct txn *t)
{
	struct rd r = RD(buf_span(&d->b));
	struct change c;
	while (delta_next(&r, &c)) {
		struct buf v = { .p = (uint8_t *)(uintptr_t)c.after.p, .len = c.after.len };
		if (c.after.p)
			txn_put(t, c.key, &v);
		else
			txn_del(t, c.key);
	}
}

struct notify {
	const struct delta *d;
	const struct sync *s;
};

static void delta_notify(void *ctx)
{
	const struct notify *n = ctx;
	struct rd r = RD(buf_span(&n->d->b));
	struct change c;
	while (delta_next(&r, &c))
		n->s->c.changed(n->s->c.ctx, c.key, c.before, c.after);
}

err_t delta_apply(const struct delta *d, struct sync *s, const struct ops *o, uint64_t *ret_changeset)
{
	cleanup(txn_freep) struct txn *t = txn_begin_remote(s->c.map);
	cleanup(batch_freep) struct batch *b = NULL;
	struct notify notify = { d, s };
	if (!t)
		return ERR_NOMEM;
	delta_txn(d, t);
	err_t e = txn_batch(t, &b);
	if (!e)
		e = ops_batch(o, b);
	if (e)
		return e;
	return map_apply_changeset(s->c.map, b, s->c.changed ? delta_notify : NULL, &notify, ret_changeset);
}

static err_t load_fn(struct map_txn *x, uint64_t changeset, void *ctx)
{
	cleanup(txn_freep) struct txn *t = txn_begin_within(x);
	(void)changeset;
	if (!t)
		return ERR_NOMEM;
	delta_txn(ctx, t);
	return txn_apply(t);
}

err_t delta_load(const struct delta *d, struct map *m)
{
	return map_load(m, load_fn, (void *)(uintptr_t)d);
}

/* SPDX-License-Identifier: MIT
 * The pending set and how it is finished: first what was put and deleted, then the derived counters, then what goes
 * with a block that nothing refers to any more (so that its deletion wins over a put of the same set).
 */
#include "vault/txn/txn.h"

#include "util/cleanup.h"
#include "util/log.h"
#include "vault/txn/txn_derive.h"
#include "vault/txn/txn_table.h"

#include <string.h>

static struct txn *txn_new(struct map *m, struct map_txn *x, bool own)
{
	struct txn *t = calloc(1, sizeof(*t));
	if (!t)
		return NULL;
	*t = (struct txn){ .map = m, .within = x, .own = own };
	t->last = &t->first;
	t->batch = m ? batch_new() : NULL;
	if (m && !t->batch)
		txn_freep(&t);
	return t;
}

struct txn *txn_begin(struct map *m)
{
	return txn_new(m, NULL, true);
}

struct txn *txn_begin_remote(struct map *m)
{
	return txn_new(m, NULL, false);
}

struct txn *txn_begin_within(struct map_txn *x)
{
	return txn_new(NULL, x, false);
}

void txn_use(struct txn *t, enum map_use use)
{
	if (t->batch)
		batch_use(t->batch, use);
}

static void txn_clear(struct txn *t)
{
	txn_table_clear(t);
	t->failed = ERR_OK;
	if (t->batch)
		batch_clear(t->batch);
}

void txn_freep(struct txn **tp)
{
	struct txn *t = *tp;
	*tp = NULL;
	if (!t)
		return;
	txn_table_free(t);
	batch_freep(&t->batch);
	buf_wipe_free(&t->before);
	free(t->extents);
	free(t);
}

/* --- reading --- */

static err_t copy_out(struct span value, struct buf *out)
{
	buf_clear(out);
	buf_put(out, value.p, value.len);
	return buf_ok(out);
}

static err_t get_counter(struct txn *t, struct span key, const struct txn_change *n, struct buf *out)
{
	struct count_rec c;
	uint32_t extents;
	bool count = n->key[0] == REC_COUNT;
	err_t e = count ? derive_count(t, key, n, &c) : derive_ref(t, key, n, &extents);
	if (e)
		return e;
	if (count ? !c.names && !c.subdirs : !extents)
		return ERR_NOTFOUND;
	buf_clear(out);
	if (count)
		count_encode(&c, out);
	else
		ref_encode(extents, out);
	return buf_ok(out);
}

err_t txn_get(struct txn *t, struct span key, struct buf *out)
{
	if (t->failed)
		return t->failed;
	const struct txn_change *n = txn_change_find(t, key);
	switch (n ? n->state : CHANGE_NEW) {
	case CHANGE_PUT:
		return copy_out(buf_span(&n->value), out);
	case CHANGE_DEL:
		return ERR_NOTFOUND;
	case CHANGE_DELTA:
		return get_counter(t, key, n, out);
	case CHANGE_NEW:
		break;
	}
	return txn_read(t, MAP_RECORDS, key, out);
}

err_t txn_counts(struct txn *t, uint64_t ino, struct count_rec *ret)
{
	if (t->failed)
		return t->failed;
	struct rkey key = key_ino(REC_COUNT, ino);
	return derive_count(t, rkey_span(&key), txn_change_find(t, rkey_span(&key)), ret);
}

/* --- changing --- */

static bool is_derived(uint8_t kind)
{
	return kind == REC_LINK || kind == REC_COUNT || kind == REC_REF;
}

/* derive: the value before is the set's own where it has one, so changing a key twice counts once. */
static err_t derive(struct txn *t, struct span key, struct span after)
{
	uint8_t kind = ((const uint8_t *)key.p)[0];
	if (is_derived(kind)) {
		log_error(AREA_VAULT, "record kind %02x is derived, not written", kind);
		return ERR_INVAL;
	}
	if (kind != REC_DIRENT && kind != REC_EXTENTS)
		return ERR_OK;
	err_t e = txn_get(t, key, &t->before);
	if (e && e != ERR_NOTFOUND)
		return e;
	return derive_change(t, key, e ? SPAN(NULL, 0) : buf_span(&t->before), after);
}

static void change(struct txn *t, struct span key, const struct buf *value)
{
	if (t->failed)
		return;
	err_t e = key.len ? ERR_OK : ERR_INVAL;
	if (!e && value)
		e = buf_ok(value);
	if (!e)
		e = derive(t, key, value ? buf_span(value) : SPAN(NULL, 0));
	struct txn_change *n = e ? NULL : txn_change_of(t, key);
	if (n) {
		buf_clear(&n->value);
		n->state = value ? CHANGE_PUT : CHANGE_DEL;
		if (value)
			e = copy_out(buf_span(value), &n->value);
	}
	if (e && !t->failed)
		t->failed = e;
}

void txn_put(struct txn *t, struct span key, const struct buf *value)
{
	change(t, key, value);
}

void txn_del(struct txn *t, struct span key)
{
	change(t, key, NULL);
}

void txn_block(struct txn *t, struct id id, const struct pending_block *p, struct buf *sealed)
{
	cleanup(buf_free) struct buf value = BUF_INIT;
	struct rkey key = key_queue(QUEUE_BLOCK, id);
	pending_block_encode(p, &value);
	err_t e = buf_ok(&value);
	if (!e)
		e = buf_ok(sealed);
	if (!e && !t->batch)
		e = ERR_INVAL; /* our own blocks never come inside a transaction */
	if (!e) {
		batch_put(t->batch, MAP_QUEUE, rkey_span(&key), buf_span(&value));
		batch_put_buf(t->batch, MAP_BLOCK, id_span(&id), sealed);
	}
	buf_free(sealed);
	if (e && !t->failed)
		t->failed = e;
}

/* --- finishing --- */

static err_t emit_put(struct txn *t, struct span key, struct buf *value)
{
	if (t->within)
		return map_txn_put(t->within, MAP_RECORDS, key, buf_span(value));
	batch_put_buf(t->batch, MAP_RECORDS, key, value);
	return ERR_OK;
}

static err_t emit_del(struct txn *t, enum map_table table, struct span key)
{
	if (t->within)
		return map_txn_del(t->within, table, key);
	batch_del(t->batch, table, key);
	return ERR_OK;
}

static err_t queued(struct txn *t, struct span key, bool *ret)
{
	cleanup(buf_free) struct buf value = BUF_INIT;
	err_t e = txn_read(t, MAP_QUEUE, key, &value);
	if (e && e != ERR_NOTFOUND)
		return e;
	*ret = !e;
	return ERR_OK;
}

/* upload_needs: a segment waits for these bytes, or the close of a changeset that runs now is about to put them in one.
 * Read in this order: a close replaces the first two by the third at once, and one that begins later waits for this
 * set. */
static err_t upload_needs(struct txn *t, struct id id, bool *ret)
{
	struct rkey packing = key_bytes(QUEUE_PACKING, SPAN("", 0)), pending = key_queue(QUEUE_BLOCK, id),
	            pinned = key_queue(QUEUE_UPLOAD_PINNED, id);
	bool closing = false, packable = false, in_segment = false;
	err_t e = queued(t, rkey_span(&packing), &closing);
	if (!e && closing)
		e = queued(t, rkey_span(&pending), &packable);
	if (!e)
		e = queued(t, rkey_span(&pinned), &in_segment);
	*ret = packable || in_segment;
	return e;
}

/* drop_block: nothing refers to it. Bytes that a segment still waits for stay: without them the segment could not be
 * written, nor our commit undone and merged again; they become ordinary cache contents when the store has the segment.
 */
static err_t drop_block(struct txn *t, struct id id)
{
	struct rkey rec = key_id(REC_BLOCK, id), pending = key_queue(QUEUE_BLOCK, id);
	bool keep = false;
	err_t e = t->own ? emit_del(t, MAP_RECORDS, rkey_span(&rec)) : ERR_OK;
	if (!e)
		e = upload_needs(t, id, &keep);
	if (!e)
		e = emit_del(t, MAP_QUEUE, rkey_span(&pending));
	return e || keep ? e : emit_del(t, MAP_BLOCK, id_span(&id));
}

static err_t finish_count(struct txn *t, struct txn_change *n)
{
	struct count_rec c;
	if (!n->delta[0] && !n->delta[1])
		return ERR_OK;
	err_t e = derive_count(t, txn_change_key(n), n, &c);
	if (e)
		return e;
	if (!c.names && !c.subdirs)
		return emit_del(t, MAP_RECORDS, txn_change_key(n));
	count_encode(&c, &n->value);
	e = buf_ok(&n->value);
	return e ? e : emit_put(t, txn_change_key(n), &n->value);
}

/* finish_ref: also when the sum of changes is zero: a block of this very set may have lost its only extent again. */
static err_t finish_ref(struct txn *t, struct txn_change *n)
{
	uint32_t extents;
	err_t e = derive_ref(t, txn_change_key(n), n, &extents);
	if (e)
		return e;
	if (!extents) {
		e = n->delta[0] ? emit_del(t, MAP_RECORDS, txn_change_key(n)) : ERR_OK;
		return e ? e : drop_block(t, id_from(n->key + 1));
	}
	if (!n->delta[0])
		return ERR_OK;
	ref_encode(extents, &n->value);
	e = buf_ok(&n->value);
	return e ? e : emit_put(t, txn_change_key(n), &n->value);
}

/* finish_gone: another device deleted a block record; its bytes go unless something here still refers to it. */
static err_t finish_gone(struct txn *t, const struct txn_change *n)
{
	struct id id;
	uint32_t extents;
	if (!key_parse_id(txn_change_key(n), REC_BLOCK, &id))
		return ERR_DAMAGED;
	struct rkey ref = key_id(REC_REF, id);
	err_t e = derive_ref(t, rkey_span(&ref), txn_change_find(t, rkey_span(&ref)), &extents);
	return e || extents ? e : drop_block(t, id);
}

static err_t finish_node(struct txn *t, struct txn_change *n)
{
	if (n->state == CHANGE_DELTA)
		return n->key[0] == REC_COUNT ? finish_count(t, n) : finish_ref(t, n);
	if (n->state == CHANGE_DEL && n->key[0] == REC_BLOCK && !t->own)
		return finish_gone(t, n);
	return ERR_OK;
}

static err_t finish(struct txn *t)
{
	err_t e = t->failed;
	for (struct txn_change *n = t->first; n && !e; n = n->next) {
		if (n->state == CHANGE_PUT)
			e = emit_put(t, txn_change_key(n), &n->value);
		else if (n->state == CHANGE_DEL)
			e = emit_del(t, MAP_RECORDS, txn_change_key(n));
	}
	for (struct txn_change *n = t->first; n && !e; n = n->next)
		e = finish_node(t, n);
	return e;
}

err_t txn_apply(struct txn *t)
{
	err_t e = finish(t);
	if (!e && t->map)
		e = map_apply(t->map, t->batch);
	txn_clear(t);
	return e;
}

err_t txn_batch(struct txn *t, struct batch **ret)
{
	struct batch *fresh = t->batch ? batch_new() : NULL;
	err_t e = t->batch ? ERR_OK : ERR_INVAL; /* inside a transaction of the map there is none */
	if (!e)
		e = fresh ? finish(t) : ERR_NOMEM;
	if (e) {
		batch_freep(&fresh);
	} else {
		*ret = t->batch;
		t->batch = fresh;
	}
	txn_clear(t);
	return e;
}

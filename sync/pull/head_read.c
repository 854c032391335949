/* SPDX-License-Identifier: MIT
 * Reading the others' heads: where each stream's device stands, and whether the store went back.
 */
#include "sync/pull/head_read.h"

#include "sync/core/sync_struct.h"

static err_t head_get(struct sync *s, const struct stream *st, uint32_t epoch, struct buf *plain)
{
	cleanup(buf_free) struct buf body = BUF_INIT;
	char name[OBJECT_NAME];
	struct hash hash;
	uint8_t sig[SIG_LEN];
	err_t e = name_head(s->c.keyring, epoch, st->id, name);
	if (!e)
		e = store_get_sync(s->c.store, name, 0, 0, OBJECT_MAX, &body);
	return e ? e
	         : object_open(OBJECT_PLACE(s->c.keyring, epoch, OBJ_HEAD, name), buf_span(&body), st->key, plain,
	                       &hash, sig);
}

err_t head_read(struct sync *s, const struct stream *st, struct head *ret, struct stream_pos at[], size_t max)
{
	cleanup(buf_free) struct buf plain = BUF_INIT;
	err_t e = ERR_NOTFOUND;
	for (uint32_t epoch = keyring_claimed(s->c.keyring); e == ERR_NOTFOUND && epoch >= 1; epoch--)
		e = head_get(s, st, epoch, &plain);
	struct head h;
	if (!e)
		e = head_decode(buf_span(&plain), &h, at, max);
	if (!e && !id_eq(h.stream, st->id))
		e = ERR_DAMAGED;
	if (!e)
		*ret = h;
	return e;
}

void head_bad(struct sync *s, const struct stream *st)
{
	struct transient_key k = transient_key(TRANSIENT_HEAD, st->id, 0);
	alarm_transient(s, &k, "a device's head does not verify and is ignored");
}

void head_whole(struct sync *s, const struct stream *st)
{
	struct transient_key k = transient_key(TRANSIENT_HEAD, st->id, 0);
	alarm_clear(s, &k);
}

err_t head_note(struct sync *s, struct stream *st, const struct head *h)
{
	cleanup(ops_free) struct ops o = OPS_INIT;
	if (h->counter >= st->head_counter)
		st->claimed = h->n;
	struct stream next = *st;
	if (h->counter == st->head_counter)
		return ERR_OK;
	if (h->counter < st->head_counter) {
		if (st->alarmed != h->counter + 1)
			sync_alarm(s,
			           "the store shows an older head of another device than before: it went back in time");
		st->alarmed = h->counter + 1;
		return ERR_OK;
	}
	next.head_counter = h->counter;
	next.head_height = h->height;
	next.head_tip = h->tip;
	state_put_stream(&o, &next);
	err_t e = ops_commit(&o, s->c.map);
	if (!e)
		*st = next;
	return e;
}

/* SPDX-License-Identifier: MIT */
#include "sync/pull/head_read.h"

#include "sync/core/alarm_object.h"
#include "sync/core/epoch.h"
#include "sync/core/sync_struct.h"

void head_got_free(struct head_got *g)
{
	head_free(&g->h);
	buf_free(&g->plain);
	*g = (struct head_got){ 0 };
}

static err_t get(struct sync *s, const struct stream *st, uint32_t number, struct buf *plain)
{
	cleanup(epoch_wipe) struct epoch epoch = { 0 };
	cleanup(buf_free) struct buf body = BUF_INIT;
	char name[OBJECT_NAME];
	uint8_t sig[SIG_LEN];
	struct hash hash;
	err_t e = epoch_open(s->c.keyring, number, &epoch);
	if (!e)
		e = name_head(&epoch.names, st->hash, name);
	if (!e)
		e = store_get_sync(s->c.store, name, 0, 0, OBJECT_MAX, &body);
	struct object_place at = epoch_place(&epoch, OBJECT_HEAD, name);
	if (!e)
		e = opened_get(&s->opened, &at, buf_span(&body), plain, &hash, sig);
	return e ? e : object_verify(st->key, hash, sig);
}

/* read_one: what proves nothing hides nothing under an older epoch: a newer one may be claimed by whoever knows a root.
 * What the store does not give out may be a head, and then one under an older epoch says nothing.
 */
static err_t read_one(struct sync *s, const struct stream *st, struct head_got *g)
{
	err_t e = ERR_NOTFOUND, none = ERR_NOTFOUND;
	uint32_t bad = 0;
	for (uint32_t i = keyring_claimed(s->c.keyring); e == ERR_NOTFOUND && i >= 1; i--) {
		g->epoch = i;
		buf_clear(&g->plain);
		err_t was = get(s, st, i, &g->plain);
		e = asked_one(s, was);
		if (e != was)
			break;
		if (sync_unproved(e)) {
			none = e;
			bad = i;
			e = ERR_NOTFOUND;
		}
	}
	if (e == ERR_NOTFOUND) {
		g->epoch = bad;
		e = none;
	}
	if (!e)
		e = head_decode(buf_span(&g->plain), &g->h);
	return !e && g->h.stream != st->number ? ERR_DAMAGED : e;
}

err_t head_read(struct sync *s, const struct stream *st, struct head_got *ret)
{
	cleanup(head_got_free) struct head_got g = { 0 };
	err_t e = read_one(s, st, &g);
	if (sync_unproved(e)) {
		head_bad(s, st, g.epoch);
		return ERR_DAMAGED;
	}
	if (e)
		return e;
	head_whole(s, st);
	*ret = g;
	g = (struct head_got){ 0 };
	return ERR_OK;
}

/* name_older: until it shows one as new again. */
static void name_older(struct sync *s, const struct stream *st, bool older)
{
	char id[ID_TEXT];
	struct transient_key k = transient_key(TRANSIENT_HEAD, st->id, 2);
	id_hex(st->device, id);
	if (!older) {
		alarm_clear(s, &k);
		return;
	}
	const struct alarm_about about = { ALARM_HEAD_OLD, st->number, alarm_head(s, st, 0), ID_ZERO };
	alarm_transient(s, &k, &about, "the cloud shows an older head of device %.8s than before: it went back in time",
	                id);
}

err_t head_note(struct sync *s, struct stream *st, const struct head *h, bool *ret_older)
{
	cleanup(ops_free) struct ops o = OPS_INIT;
	struct stream next = *st;
	*ret_older = h->counter < st->head_counter;
	name_older(s, st, *ret_older);
	if (h->counter <= st->head_counter)
		return ERR_OK;
	next.head_counter = h->counter;
	next.time = MAX(next.time, h->time);
	state_put_stream(&o, &next);
	err_t e = ops_commit(&o, s->c.map);
	if (!e)
		*st = next;
	return e;
}

void head_bad(struct sync *s, const struct stream *st, uint32_t epoch)
{
	struct transient_key k = transient_key(TRANSIENT_HEAD, st->id, 0);
	const struct alarm_about about = { ALARM_HEAD_DAMAGED, st->number, alarm_head(s, st, epoch), ID_ZERO };
	alarm_transient(s, &k, &about, "a device's head does not verify and is ignored");
}

void head_whole(struct sync *s, const struct stream *st)
{
	struct transient_key k = transient_key(TRANSIENT_HEAD, st->id, 0);
	alarm_clear(s, &k);
}

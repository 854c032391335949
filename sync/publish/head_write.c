/* SPDX-License-Identifier: MIT
 * Our head: written lazily, and only when all that it names is on the store.
 */
#include "sync/publish/head_write.h"

#include "sync/core/digest_now.h"
#include "sync/core/dirty.h"
#include "sync/core/epoch.h"
#include "sync/core/sync_struct.h"
#include "sync/deliver/place.h"
#include "sync/members/begun.h"
#include "vault/objects/head.h"

static err_t say_checkpoint(struct sync *s, struct head *h)
{
	const struct announce *a = &s->st.announced;
	if (!a->epoch)
		return ERR_OK;
	h->has_checkpoint = true;
	h->manifest = a->id;
	h->manifest_hash = a->hash;
	h->manifest_epoch = a->epoch;
	/* of several of one number a reader tries all */
	return keyring_epoch_id(s->c.keyring, keyring_from(s->c.keyring, a->epoch), &h->manifest_epoch_id);
}

static err_t say_all(struct sync *s, struct head *h)
{
	h->stream = streams_find(s, s->stream)->number;
	h->counter = s->st.head_counter;
	h->time = s->c.clock.wall(s->c.clock.ctx);
	h->flags = sync_dirty(s) ? 0 : HEAD_SETTLED;
	h->rules = SYNC_RULES;
	h->lamport = s->lamport;
	err_t e = digest_now(s, &h->digest);
	if (!e)
		e = say_checkpoint(s, h);
	return e ? e : place_applied(s, &h->applied);
}

/* count: the counter moves on durably before the head that bears it is PUT. */
static err_t count(struct sync *s)
{
	cleanup(ops_free) struct ops o = OPS_INIT;
	struct state next = s->st;
	next.head_counter++;
	state_put(&o, &next);
	err_t e = ops_commit(&o, s->c.map);
	if (!e)
		s->st = next;
	return e;
}

static err_t seal_and_put(struct sync *s, const struct head *h)
{
	cleanup(buf_free) struct buf plain = BUF_INIT, sealed = BUF_INIT;
	cleanup(epoch_wipe) struct epoch epoch = { 0 };
	char name[OBJECT_NAME];
	struct hash hash;
	err_t e = epoch_open(s->c.keyring, keyring_epoch(s->c.keyring), &epoch);
	struct object_place at = epoch_place(&epoch, OBJECT_HEAD, name);
	if (!e)
		e = head_encode(h, &plain);
	if (!e)
		e = name_head(&epoch.names, streams_find(s, s->stream)->hash, name);
	if (!e)
		e = object_seal(&at, buf_span(&plain), s->seed, &sealed, &hash);
	return e ? e : store_put_sync(s->c.store, name, buf_span(&sealed));
}

err_t head_write(struct sync *s)
{
	cleanup(head_free) struct head h = { 0 };
	uint32_t due = 0;
	if (s->st.confirmed != s->st.n || !said_empty(s->at.changeset->closed))
		return ERR_OK;
	err_t e = begun_due(s, &due);
	if (e || due) /* nothing under an epoch that does not cover */
		return e;
	e = count(s);
	if (!e)
		e = say_all(s, &h);
	if (!e)
		e = seal_and_put(s, &h);
	if (e)
		return e;
	s->heads.due = s->heads.missed = false;
	s->heads.written = s->c.clock.mono(s->c.clock.ctx);
	return ERR_OK;
}

/* SPDX-License-Identifier: MIT */
#include "sync/pull/former.h"

#include "sync/core/alarm_object.h"
#include "sync/core/asked.h"
#include "sync/core/epoch.h"
#include "sync/core/sync_struct.h"
#include "sync/deliver/deliver.h"
#include "sync/deliver/place.h"
#include "sync/members/incarnation.h"
#include "sync/pull/commit_get.h"
#include "vault/objects/pack.h"

/* say: what follows on `last`: the same records, so the same digest. */
static err_t say(struct sync *s, const struct pulled *last, struct buf *plain)
{
	cleanup(buf_free) struct buf packed = BUF_INIT;
	const struct pack none = PACK_INIT;
	const struct commit *of = pulled_last(last);
	struct commit c = { .stream = of->stream, .n = of->n + 1, .parts = 1, .previous = last->hash };
	c.time = s->c.clock.wall(s->c.clock.ctx);
	c.lamport = of->lamport;
	c.rules = of->rules;
	c.digest = of->digest;
	err_t e = crypto_random_id(&c.nonce);
	if (!e)
		e = pack_put(&none, &packed);
	c.pack = buf_span(&packed);
	return e ? e : commit_encode(&c, plain);
}

static err_t put(struct sync *s, struct span plain, struct hash *ret)
{
	cleanup(epoch_wipe) struct epoch epoch = { 0 };
	cleanup(buf_free) struct buf sealed = BUF_INIT;
	char name[OBJECT_NAME];
	err_t e = epoch_open(s->c.keyring, keyring_epoch(s->c.keyring), &epoch);
	struct object_place at = epoch_place(&epoch, OBJECT_COMMIT, name);
	if (!e)
		e = object_hash(&at, plain, ret);
	if (!e)
		e = name_copy(&epoch.names, *ret, name);
	if (!e)
		e = object_seal(&at, plain, s->seed, &sealed, ret);
	return e ? e : store_put_sync(s->c.store, name, buf_span(&sealed));
}

/* take: as if another had made it. */
static err_t take(struct sync *s, const struct stream *st, struct position p)
{
	struct pulled *got = NULL;
	enum ready what;
	bool applied = false;
	err_t e = commit_get_at(s, st, p, &got);
	return e ? e : deliver_arrived(s, got, &what, &applied);
}

static err_t fill_one(struct sync *s, const struct stream *st)
{
	cleanup(buf_free) struct buf plain = BUF_INIT;
	cleanup(pulled_freep) struct pulled *last = NULL;
	struct position end = place_newest(s, st);
	struct hash hash;
	err_t e = commit_get_at(s, st, end, &last);
	if (!e)
		e = say(s, last, &plain);
	if (!e)
		e = put(s, buf_span(&plain), &hash);
	return e ? e : take(s, st, past_position(st->number, end.n + 1, hash));
}

/* name_lack: what is open is not published before it ends. */
static void name_lack(struct sync *s, bool lacks)
{
	struct transient_key k = transient_key(TRANSIENT_FORMER, ID_ZERO, 0);
	if (!lacks)
		alarm_clear(s, &k);
	else
		alarm_transient(s, &k, &(struct alarm_about){ .kind = ALARM_WAITS_FOR_FORMER, .stream = alarm_own(s) },
		                "what is written here is not uploaded yet: it stands on what this device uploaded "
		                "before its state was restored or copied, and the cloud does not show all of that "
		                "now; it is asked again");
}

/* fill: ERR_NOTFOUND: the store does not show what is to be followed, or nobody can follow it now. */
static err_t fill(struct sync *s)
{
	err_t e = ERR_OK;
	while (!e && !incarnation_may(s)) {
		const struct stream *former = streams_number(s, s->own_life.before);
		if (!former || !former->applied.n)
			return ERR_NOTFOUND;
		uint64_t before = place_newest(s, former).n;
		e = fill_one(s, former);
		former = streams_number(s, s->own_life.before);
		if (!e && place_newest(s, former).n <= before)
			return ERR_NOTFOUND;
	}
	return e;
}

err_t former_fill(struct sync *s)
{
	err_t e = asked_all(s) || incarnation_may(s) ? fill(s) : ERR_NOTFOUND;
	if (!e || e == ERR_NOTFOUND)
		name_lack(s, e != ERR_OK);
	return e == ERR_NOTFOUND ? ERR_OK : e;
}

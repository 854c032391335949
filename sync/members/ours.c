/* SPDX-License-Identifier: MIT */
#include "sync/members/ours.h"

#include "sync/core/asked.h"
#include "sync/core/epoch.h"
#include "sync/core/sync_struct.h"

#define STREAMS_ASKED 16 /* for something of theirs */

struct asking {
	struct sync *s;
	enum ours which;
	bool found;
};

static err_t has_named(struct asking *a, const char *name)
{
	cleanup(buf_free) struct buf byte = BUF_INIT;
	err_t e = store_get_sync(a->s->c.store, name, 0, 1, 1, &byte);
	a->found |= !e || sync_unproved(e);
	return e;
}

static err_t has_signed(struct asking *a, const struct object_place *at, const struct stream *st)
{
	cleanup(buf_free) struct buf body = BUF_INIT, plain = BUF_INIT;
	uint8_t sig[SIG_LEN];
	struct hash hash;
	err_t e = store_get_sync(a->s->c.store, at->name, 0, 0, OBJECT_MAX, &body);
	if (!e)
		e = opened_get(&a->s->opened, at, buf_span(&body), &plain, &hash, sig);
	if (!e)
		e = object_verify(st->key, hash, sig);
	a->found |= !e;
	return e;
}

static err_t has(struct asking *a, const struct object_place *at, const struct stream *st)
{
	err_t e = a->which == OURS_SIGNED ? has_signed(a, at, st) : has_named(a, at->name);
	return e == ERR_NOTFOUND || sync_unproved(e) ? ERR_OK : e;
}

/* has_stream: a head, or the newest commit that is known. */
static err_t has_stream(struct asking *a, const struct epoch *epoch, const struct stream *st)
{
	char name[OBJECT_NAME];
	err_t e = name_head(&epoch->names, st->hash, name);
	struct object_place at = epoch_place(epoch, OBJECT_HEAD, name);
	if (!e)
		e = has(a, &at, st);
	if (e || a->found || !st->applied.n)
		return e;
	e = name_commit(&epoch->names, st->hash, st->applied.n, 0, name);
	at.type = OBJECT_COMMIT;
	return e ? e : has(a, &at, st);
}

/* What it fails with for one hides none of the others, and none is not known to be there, then. */
err_t ours_there(struct sync *s, enum ours which, bool *ret)
{
	struct asking a = { s, which, false };
	err_t e = ERR_OK, silent = ERR_OK;
	for (uint32_t i = keyring_claimed(s->c.keyring); !e && !a.found && i >= 1; i--) {
		cleanup(epoch_wipe) struct epoch epoch = { 0 };
		e = epoch_open(s->c.keyring, i, &epoch);
		for (size_t k = 0; !e && !a.found && k < MIN(s->streams.n, (size_t)STREAMS_ASKED); k++) {
			e = has_stream(&a, &epoch, &s->streams.list[k]);
			silent = asked_alone(e) ? e : silent;
			e = asked_alone(e) ? ERR_OK : e;
		}
	}
	if (!e && !a.found)
		e = silent;
	if (!e)
		*ret = a.found;
	return e;
}

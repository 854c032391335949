/* SPDX-License-Identifier: MIT */
#include "sync/pull/copies.h"

#include "sync/core/epoch.h"
#include "sync/core/sync_struct.h"
#include "sync/deliver/deliver.h"
#include "sync/deliver/past_map.h"
#include "vault/objects/commit.h"

struct copying { /* one commit */
	struct sync *s;
	const struct stream *st;
	struct position at;
	struct epoch epoch;
};

static void copying_free(struct copying *c)
{
	epoch_wipe(&c->epoch);
}

/* has: under that name. */
static err_t has(struct sync *s, const char *name, bool *ret)
{
	cleanup(buf_free) struct buf byte = BUF_INIT;
	err_t e = store_get_sync(s->c.store, name, 0, 1, 1, &byte);
	*ret = !e || sync_unproved(e);
	return e == ERR_NOTFOUND || sync_unproved(e) ? ERR_OK : e;
}

struct part { /* as its device signed it */
	struct buf plain;
	struct hash hash;
	uint8_t sig[SIG_LEN];
};

static void part_free(struct part *p)
{
	buf_wipe_free(&p->plain);
}

static err_t part_get(struct copying *c, uint32_t number, struct part *ret)
{
	cleanup(buf_free) struct buf body = BUF_INIT;
	char name[OBJECT_NAME];
	err_t e = name_commit(&c->epoch.names, c->st->hash, c->at.n, number, name);
	if (!e)
		e = store_get_sync(c->s->c.store, name, 0, 0, OBJECT_MAX, &body);
	struct object_place at = epoch_place(&c->epoch, OBJECT_COMMIT, name);
	if (!e)
		e = object_open(&at, buf_span(&body), &ret->plain, &ret->hash, ret->sig);
	return e ? e : object_verify(c->st->key, ret->hash, ret->sig);
}

/* part_put: under its hash, unless it is there. */
static err_t part_put(struct copying *c, const struct part *p)
{
	cleanup(buf_free) struct buf sealed = BUF_INIT;
	char name[OBJECT_NAME];
	bool there = false;
	err_t e = name_copy(&c->epoch.names, p->hash, name);
	struct object_place at = epoch_place(&c->epoch, OBJECT_COMMIT, name);
	if (!e)
		e = has(c->s, name, &there);
	if (!e && !there)
		e = object_seal_again(&at, buf_span(&p->plain), p->sig, &sealed);
	return e || there ? e : store_put_sync(c->s->c.store, name, buf_span(&sealed));
}

/* last: the number of its last part; it is that commit. ERR_DAMAGED: another. */
static err_t last(struct copying *c, uint32_t *ret)
{
	cleanup(part_free) struct part p = { .plain = BUF_INIT };
	cleanup(commit_free) struct commit first = { 0 };
	err_t e = part_get(c, 0, &p);
	if (!e)
		e = commit_decode(buf_span(&p.plain), &first);
	if (!e)
		*ret = first.parts - 1;
	return e;
}

/* put_parts: the last one last, as a commit is PUT. */
static err_t put_parts(struct copying *c)
{
	cleanup(part_free) struct part end = { .plain = BUF_INIT };
	uint32_t n = 0;
	err_t e = last(c, &n);
	if (!e)
		e = part_get(c, n, &end);
	if (!e && !id_eq(id_from(end.hash.b), c->at.hash))
		e = ERR_DAMAGED;
	for (uint32_t i = 0; !e && i < n; i++) {
		cleanup(part_free) struct part p = { .plain = BUF_INIT };
		e = part_get(c, i, &p);
		if (!e)
			e = part_put(c, &p);
	}
	return e ? e : part_put(c, &end);
}

static err_t copy_under(struct copying *c, uint32_t number)
{
	bool there = false;
	char name[OBJECT_NAME];
	struct hash hash = HASH_ZERO;
	id_put(hash.b, c->at.hash);
	err_t e = epoch_open(c->s->c.keyring, number, &c->epoch);
	if (!e)
		e = name_copy(&c->epoch.names, hash, name);
	if (!e)
		e = has(c->s, name, &there);
	return e || there ? e : put_parts(c);
}

static err_t copy(struct sync *s, const struct stream *st, struct position p)
{
	err_t e = ERR_NOTFOUND;
	for (uint32_t i = 1; e == ERR_NOTFOUND && i <= keyring_claimed(s->c.keyring); i++) {
		cleanup(copying_free) struct copying c = { .s = s, .st = st, .at = p };
		e = copy_under(&c, i);
		if (sync_unproved(e))
			e = ERR_NOTFOUND;
	}
	return e == ERR_NOTFOUND ? ERR_OK : e;
}

/* copy_back: from that end of the stream back to the cut. */
static err_t copy_back(struct sync *s, const struct stream *st, struct position p)
{
	struct past past = past_of_map(s->c.map);
	err_t e = ERR_OK;
	while (!e && p.n > st->closed_at && !sync_stopping(s)) {
		struct past_commit was = { 0 };
		e = past.find(past.ctx, p, &was);
		if (e == ERR_NOTFOUND || (!e && !was.epoch))
			return ERR_OK; /* below a checkpoint, which has it */
		if (!e)
			e = copy(s, st, p);
		p = (struct position){ p.stream, p.n - 1, was.previous };
		past_commit_free(&was);
	}
	return e;
}

static err_t copy_all(struct sync *s, const struct stream *st)
{
	struct vv of = vv_of(&s->deliver->branches, st->number);
	err_t e = copy_back(s, st, past_position(st->number, st->applied.n, st->applied.hash));
	for (size_t i = 0; !e && i < of.n; i++)
		e = copy_back(s, st, of.v[i]);
	return e;
}

err_t copies_put(struct sync *s)
{
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < s->streams.n; i++) {
		struct stream *st = &s->streams.list[i];
		if (!st->closed || st->copied)
			continue;
		e = copy_all(s, st);
		st->copied = !e && !sync_stopping(s);
		if (asked_untaken(e) || asked_alone(e)) /* what others say is read all the same */
			e = ERR_OK;
	}
	return e;
}

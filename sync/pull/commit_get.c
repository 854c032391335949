/* SPDX-License-Identifier: MIT */
#include "sync/pull/commit_get.h"

#include "sync/core/alarm_object.h"
#include "sync/core/epoch.h"
#include "sync/core/given.h"
#include "sync/core/sync_struct.h"
#include "vault/objects/applied.h"
#include "vault/objects/pack.h"

struct from { /* where it is looked for */
	struct sync *s;
	const struct stream *st;
	struct epoch epoch;
	uint64_t n;
	struct id object; /* that was asked for last */
	bool anybodys;    /* whoever signed it: nothing is believed but what proves itself */
};

static void from_wipe(struct from *f)
{
	epoch_wipe(&f->epoch);
}

/* object_get: the contents of a part under that name, which the stream's device signed. */
static err_t object_get(struct from *f, const char *name, struct pulled *p, struct buf *plain, struct hash *hash)
{
	cleanup(buf_free) struct buf body = BUF_INIT;
	struct object_place at = epoch_place(&f->epoch, OBJECT_COMMIT, name);
	uint8_t sig[SIG_LEN];
	f->object = alarm_object(name);
	err_t e = store_get_sync(f->s->c.store, name, 0, 0, OBJECT_MAX, &body);
	if (!e)
		e = object_open(&at, buf_span(&body), plain, hash, sig);
	if (!e && !f->anybodys)
		e = object_verify(f->st->key, *hash, sig);
	p->stored += body.len;
	return e;
}

static bool fits(const struct from *f, const struct pulled *p)
{
	const struct commit *c = pulled_last(p);
	return c->stream == f->st->number && c->n == f->n;
}

static err_t part_get(struct from *f, const char *name, struct pulled *p)
{
	cleanup(buf_wipe_free) struct buf plain = BUF_INIT;
	struct hash hash;
	err_t e = object_get(f, name, p, &plain, &hash);
	if (!e)
		e = pulled_add(p, &plain, hash);
	return e || fits(f, p) ? e : ERR_DAMAGED;
}

/* last_get: of a commit that is too large, in place of what is here. */
static err_t last_get(struct from *f, struct pulled *p)
{
	cleanup(buf_wipe_free) struct buf plain = BUF_INIT;
	struct hash hash;
	char name[OBJECT_NAME];
	if (!p->n)
		return ERR_DAMAGED;
	err_t e = name_commit(&f->epoch.names, f->st->hash, f->n, p->parts[0].c.parts - 1, name);
	if (!e)
		e = object_get(f, name, p, &plain, &hash);
	if (!e)
		e = pulled_only_last(p, &plain, hash);
	return e || fits(f, p) ? e : ERR_DAMAGED;
}

/* parts_get: all parts in their own places. They are PUT in any order, the last one last. */
static err_t parts_get(struct from *f, struct pulled *p)
{
	uint32_t parts = 1;
	err_t e = ERR_OK;
	for (uint32_t i = 0; !e && i < parts; i++) {
		char name[OBJECT_NAME];
		e = name_commit(&f->epoch.names, f->st->hash, f->n, i, name);
		if (!e)
			e = part_get(f, name, p);
		if (!e && i == 0)
			parts = p->parts[0].c.parts;
	}
	return e == ERR_LIMIT ? last_get(f, p) : e;
}

static err_t copy_part(struct from *f, struct hash hash, struct pulled *p)
{
	char name[OBJECT_NAME];
	err_t e = name_copy(&f->epoch.names, hash, name);
	return e ? e : part_get(f, name, p);
}

/* copies_get: all parts under their hashes, which the last one has. */
static err_t copies_get(struct from *f, struct id last, struct pulled *p)
{
	cleanup(buf_wipe_free) struct buf plain = BUF_INIT;
	struct commit c = { 0 };
	struct hash hash = HASH_ZERO;
	char name[OBJECT_NAME];
	id_put(hash.b, last);
	err_t e = name_copy(&f->epoch.names, hash, name);
	if (!e)
		e = object_get(f, name, p, &plain, &hash);
	if (!e)
		e = commit_decode(buf_span(&plain), &c);
	if (!e && !commit_is_last(&c))
		e = ERR_DAMAGED;
	for (uint32_t i = 0; !e && i + 1 < c.parts; i++)
		e = copy_part(f, hash_from(c.part_hashes + i * HASH_LEN), p);
	commit_free(&c);
	if (!e)
		e = pulled_add(p, &plain, hash);
	if (e == ERR_LIMIT)
		e = pulled_only_last(p, &plain, hash);
	return e || fits(f, p) ? e : ERR_DAMAGED;
}

/* try_epoch: *ret: it is there and verifies. */
static err_t try_epoch(struct from *f, const struct id *copy, struct pulled **ret)
{
	cleanup(pulled_freep) struct pulled *p = calloc(1, sizeof(*p));
	if (!p)
		return ERR_NOMEM;
	p->most = f->s->c.commit_bytes;
	err_t e = copy ? copies_get(f, *copy, p) : parts_get(f, p);
	if (!e)
		e = pulled_whole(p);
	if (e)
		return e;
	p->stream = f->st->id;
	p->epoch = f->epoch.at.number;
	*ret = steal_ptr(p);
	return ERR_OK;
}

/* answered: whether the store did (e: ERR_OK), or has an error for that object alone: it may be there. */
static void answered(struct sync *s, const struct stream *st, uint64_t n, err_t e, struct id object)
{
	char id[ID_TEXT];
	id_hex(st->id, id);
	struct transient_key k = transient_key(TRANSIENT_UNANSWERED, st->id, n);
	if (!e) {
		alarm_clear(s, &k);
		return;
	}
	const struct alarm_about about = { ALARM_COMMITS_MISSING, st->number, object, ID_ZERO };
	alarm_transient(s, &k, &about, "the cloud does not give out commit %llu of stream %.8s (%s)",
	                (unsigned long long)n, id, err_text(e));
}

/* get: under the epoch of the stream's last commit and every later one that is known. What proves nothing hides nothing
 * under a later one: who was revoked still knows the places of an older. What the store does not give out may be the
 * one: so nothing under a later one is taken for it. *ret_object: what proves nothing, or is not given out; else
 * untouched. */
static err_t get(struct sync *s, const struct stream *st, uint64_t n, const struct id *copy, struct pulled **ret,
                 struct id *ret_object)
{
	uint32_t newest = keyring_claimed(s->c.keyring);
	err_t e = ERR_NOTFOUND, none = ERR_NOTFOUND, silent = ERR_OK;
	for (uint32_t i = copy ? 1 : keyring_from(s->c.keyring, st->epoch); e == ERR_NOTFOUND && i <= newest; i++) {
		cleanup(from_wipe) struct from f = { .s = s, .st = st, .n = n };
		e = epoch_open(s->c.keyring, i, &f.epoch);
		if (!e)
			e = try_epoch(&f, copy, ret);
		err_t was = e;
		e = asked_one(s, e);
		if (e != was) {
			*ret_object = f.object;
			silent = was;
			break;
		}
		if (sync_unproved(e)) {
			*ret_object = f.object;
			none = e;
			e = ERR_NOTFOUND;
		}
	}
	if (!e || (e == ERR_NOTFOUND && !copy))
		answered(s, st, n, e ? silent : ERR_OK, *ret_object);
	return e == ERR_NOTFOUND ? none : e;
}

static void bad(struct sync *s, const struct stream *st, uint64_t n, err_t e, struct id object)
{
	char id[ID_TEXT];
	id_hex(st->id, id);
	struct transient_key k = transient_key(TRANSIENT_COMMIT, st->id, n);
	const struct alarm_about about = { ALARM_COMMIT_DAMAGED, st->number, object, ID_ZERO };
	struct stream *known = streams_find(s, st->id);
	if (e == ERR_VERSION && known) /* of its device, whose signature was looked at first */
		known->newer = n;
	if (e == ERR_VERSION)
		alarm_transient(
		        s, &k, &about,
		        "commit %llu of stream %.8s was made by a newer cloudseal: this device does not apply it",
		        (unsigned long long)n, id);
	else if (n > given_to(s, st->id))
		alarm_transient(s, &k, &about, "commit %llu of stream %.8s does not verify (%s) and is ignored",
		                (unsigned long long)n, id, err_text(e));
}

static void found_one(struct sync *s, const struct stream *st, uint64_t n)
{
	struct transient_key lost = transient_key(TRANSIENT_LACKS, st->id, n);
	alarm_clear(s, &lost);
}

/* whole: it was lost or cut in its upload, and is there now. */
static void whole(struct sync *s, const struct stream *st, uint64_t n)
{
	struct transient_key damaged = transient_key(TRANSIENT_COMMIT, st->id, n);
	alarm_clear(s, &damaged);
	found_one(s, st, n);
}

err_t commit_get(struct sync *s, const struct stream *st, uint64_t n, struct pulled **ret)
{
	struct id object = ID_ZERO;
	err_t e = get(s, st, n, NULL, ret, &object);
	if (sync_unproved(e)) {
		bad(s, st, n, e, object);
		return ERR_DAMAGED;
	}
	if (!e)
		whole(s, st, n);
	return e;
}

err_t commit_get_at(struct sync *s, const struct stream *st, struct position p, struct pulled **ret)
{
	cleanup(pulled_freep) struct pulled *found = NULL;
	struct id object = ID_ZERO;
	err_t e = get(s, st, p.n, NULL, &found, &object);
	if (e && e != ERR_NOTFOUND && !sync_unproved(e))
		return e;
	if (e || position_cmp(found->arrival.at, p)) {
		pulled_freep(&found);
		found = NULL;
		e = get(s, st, p.n, &p.hash, &found, &object);
	}
	if (!e && position_cmp(found->arrival.at, p))
		e = ERR_DAMAGED;
	if (e)
		return sync_unproved(e) ? ERR_NOTFOUND : e;
	found_one(s, st, p.n);
	*ret = steal_ptr(found);
	return ERR_OK;
}

/* peek: what `fn` sees of all parts. */
static err_t peek(struct from *f, view_visit fn, void *ctx)
{
	cleanup(pulled_freep) struct pulled *p = calloc(1, sizeof(*p));
	err_t e = p ? parts_get(f, p) : ERR_NOMEM;
	if (!e)
		e = pulled_whole(p);
	for (size_t i = 0; !e && i < p->n; i++)
		e = pack_read(p->parts[i].c.pack, fn, ctx);
	return e;
}

err_t commit_peek(struct sync *s, struct hash stream, view_visit fn, void *ctx)
{
	struct stream st = { .hash = stream };
	err_t e = ERR_NOTFOUND;
	st.number = applied_stream(stream);
	for (uint32_t i = 1; e == ERR_NOTFOUND && i <= keyring_claimed(s->c.keyring); i++) {
		cleanup(from_wipe) struct from f = { .s = s, .st = &st, .n = 1, .anybodys = true };
		e = epoch_open(s->c.keyring, i, &f.epoch);
		if (!e)
			e = asked_one(s, peek(&f, fn, ctx));
		if (sync_unproved(e))
			e = ERR_NOTFOUND;
	}
	return e;
}

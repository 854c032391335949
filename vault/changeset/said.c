/* SPDX-License-Identifier: MIT */
#include "vault/changeset/said.h"

#include "util/cleanup.h"
#include "vault/join/shared_key.h"
#include "vault/join/vault_key.h"

#include <string.h>

struct said_key {
	uint8_t b[MAP_KEY_MAX];
	size_t len;
};

static err_t make_key(uint8_t kind, struct span key, struct said_key *k)
{
	if (key.len > sizeof(k->b) - 1)
		return ERR_LIMIT;
	k->b[0] = kind;
	if (key.len)
		memcpy(k->b + 1, key.p, key.len);
	k->len = key.len + 1;
	return ERR_OK;
}

/* ino_of: 0: a key of no inode, or no more than a kind. */
static uint64_t ino_of(struct span key)
{
	struct rd r = RD(key);
	uint8_t kind = rd_u8(&r);
	uint64_t ino = rd_u64be(&r);
	return r.bad || kind < SHARED_INODE || kind > SHARED_XATTR ? 0 : ino;
}

/* is_inode: of a key of an inode. */
static bool is_inode(struct span key)
{
	return *(const uint8_t *)key.p == SHARED_INODE;
}

/* is_prefix: begins the keys of more than one inode. */
static bool is_prefix(struct span key)
{
	return key.len < shared_key_ino(SHARED_INODE, 1).len;
}

void said_stay(struct said *s)
{
	pthread_mutex_lock(&s->moving);
}

void said_stay_end(struct said *s)
{
	pthread_mutex_unlock(&s->moving);
}

void said_note(struct said *s, struct span key)
{
	uint64_t ino = ino_of(key);
	guard(&s->lock);
	if (!ino)
		s->others = true;
	else
		ino_set_add(&s->inos, ino);
	if (ino && !is_inode(key))
		ino_set_add(&s->spread, ino);
}

void said_none(struct said *s)
{
	guard(&s->lock);
	ino_set_free(&s->inos);
	ino_set_free(&s->spread);
	s->others = false;
	s->in = (struct said_change){ 0 };
}

bool said_empty(struct said *s)
{
	guard(&s->lock);
	return !s->inos.n && !s->inos.all && !s->others;
}

struct said_size said_size(struct said *s)
{
	guard(&s->lock);
	return (struct said_size){ s->inos.all ? SIZE_MAX : s->inos.n, (size_t)s->in.keys, (uint64_t)s->in.bytes };
}

void said_change_add(struct said_change *sum, struct said_change c)
{
	sum->keys += c.keys;
	sum->bytes += c.bytes;
}

void said_changed(struct said *s, struct said_change c)
{
	guard(&s->lock);
	said_change_add(&s->in, c);
}

struct said_change said_change_of(struct span key, struct span before, struct span after)
{
	int64_t keys = (after.p != NULL) - (before.p != NULL);
	return (struct said_change){ keys, keys * (int64_t)key.len + (int64_t)after.len - (int64_t)before.len };
}

bool said_may(struct said *s, struct span key)
{
	uint64_t ino = ino_of(key);
	guard(&s->lock);
	if (ino)
		return ino_set_has(&s->inos, ino);
	return s->others || (is_prefix(key) && (s->inos.n || s->inos.all));
}

bool said_under(struct said *s, struct span key)
{
	uint64_t ino = ino_of(key);
	if (!ino || is_inode(key))
		return said_may(s, key);
	guard(&s->lock);
	return ino_set_has(&s->spread, ino);
}

/* -- the view ---------------------------------------------------------------------------------------------------- */

static err_t get(void *ctx, struct span key, struct buf *out)
{
	struct said *s = ctx;
	struct said_key k;
	if (!said_under(s, key))
		return ERR_NOTFOUND;
	err_t e = make_key(s->kind, key, &k);
	return e ? e : map_get(s->map, MAP_RECORDS, SPAN(k.b, k.len), out);
}

struct visit {
	view_visit fn;
	void *arg;
};

static int visit_one(void *ctx, struct span key, struct span value)
{
	const struct visit *v = ctx;
	if (!value.p)
		return ERR_DAMAGED;
	return (int)v->fn(v->arg, SPAN((const uint8_t *)key.p + 1, key.len - 1), value);
}

static err_t scan(void *ctx, struct span prefix, struct span from, view_visit fn, void *arg)
{
	struct said *s = ctx;
	struct said_key p, f = { .len = 0 };
	struct visit v = { fn, arg };
	if (!said_under(s, prefix))
		return ERR_OK;
	err_t e = make_key(s->kind, prefix, &p);
	if (!e && from.len)
		e = make_key(s->kind, from, &f);
	return e ? e : map_scan(s->map, MAP_RECORDS, SPAN(p.b, p.len), SPAN(f.b, f.len), visit_one, &v);
}

/* may_be_damaged: contents: who reads them, and who publishes the set, meets it (mend.h). */
static bool may_be_damaged(struct span key)
{
	struct vault_name n;
	return !vault_key_parse(key, &n) && (n.kind == SHARED_CONTENT || n.kind == SHARED_EXTENTS);
}

static int note_visit(void *ctx, struct span whole, struct span value)
{
	const struct span key = SPAN((const uint8_t *)whole.p + 1, whole.len - 1);
	if (!value.p && !may_be_damaged(key))
		return ERR_DAMAGED;
	((struct said *)ctx)->damaged |= !value.p;
	said_note(ctx, key);
	said_changed(ctx, said_change_of(key, SPAN(NULL, 0), SPAN(value.p ? value.p : "", value.len)));
	return ERR_OK;
}

err_t said_open(struct said *s, struct map *map, uint8_t kind)
{
	*s = (struct said){ .map = map,
		            .kind = kind,
		            .view = { get, scan, s },
		            .lock = PTHREAD_MUTEX_INITIALIZER,
		            .moving = PTHREAD_MUTEX_INITIALIZER };
	err_t e = map_scan(map, MAP_RECORDS, SPAN(&kind, 1), SPAN(NULL, 0), note_visit, s);
	if (e)
		said_close(s);
	return e;
}

void said_close(struct said *s)
{
	said_none(s);
	pthread_mutex_destroy(&s->lock);
	pthread_mutex_destroy(&s->moving);
}

/* -- changes ----------------------------------------------------------------------------------------------------- */

err_t said_put(const struct said *s, struct batch *b, struct span key, struct span value)
{
	struct said_key k;
	err_t e = make_key(s->kind, key, &k);
	if (!e)
		batch_put(b, MAP_RECORDS, SPAN(k.b, k.len), value);
	return e;
}

err_t said_del(const struct said *s, struct batch *b, struct span key)
{
	struct said_key k;
	err_t e = make_key(s->kind, key, &k);
	if (!e)
		batch_del(b, MAP_RECORDS, SPAN(k.b, k.len));
	return e;
}

err_t said_put_txn(struct said *s, struct map_txn *x, struct span key, struct span value)
{
	struct said_key k;
	err_t e = make_key(s->kind, key, &k);
	if (e)
		return e;
	said_changed(s, said_change_of(key, SPAN(NULL, 0), value));
	return map_txn_put(x, MAP_RECORDS, SPAN(k.b, k.len), value);
}

/* -- of one inode ------------------------------------------------------------------------------------------------ */

static err_t add_visit(void *ctx, struct span key, struct span value)
{
	return records_put(ctx, key, value);
}

/* add_key: what is under one key. */
static err_t add_key(const struct said *s, struct span key, struct records *out)
{
	cleanup(buf_wipe_free) struct buf value = BUF_INIT;
	err_t e = s->view.get(s->view.ctx, key, &value);
	if (e)
		return e == ERR_NOTFOUND ? ERR_OK : e;
	return records_put(out, key, buf_span(&value));
}

static err_t add_kind(const struct said *s, enum shared_kind kind, uint64_t ino, struct records *out)
{
	struct shared_key key = shared_key_ino(kind, ino);
	return s->view.scan(s->view.ctx, shared_key_span(&key), SPAN(NULL, 0), add_visit, out);
}

/* add_kinds: INODE, and of the others those from `first` to `last`, where there is more than INODE. */
static err_t add_kinds(struct said *s, uint64_t ino, enum shared_kind first, enum shared_kind last, struct records *out)
{
	struct shared_key key = shared_key_ino(SHARED_INODE, ino);
	if (!said_may(s, shared_key_span(&key)))
		return ERR_OK;
	err_t e = add_key(s, shared_key_span(&key), out);
	key = shared_key_ino(first, ino);
	if (!said_under(s, shared_key_span(&key)))
		return e;
	for (enum shared_kind kind = first; !e && kind <= last; kind++)
		e = add_kind(s, kind, ino, out);
	return e;
}

err_t said_versions(struct said *s, uint64_t ino, struct records *out)
{
	return add_kinds(s, ino, SHARED_SIBLING, SHARED_VERSION, out);
}

err_t said_of(struct said *s, struct span key, struct records *out)
{
	uint64_t ino = ino_of(key);
	if (ino)
		return add_kinds(s, ino, SHARED_LINK, SHARED_XATTR, out);
	return said_may(s, key) ? add_key(s, key, out) : ERR_OK;
}

/* SPDX-License-Identifier: MIT */
#include "cache/seal.h"

#include "util/cleanup.h"
#include "util/invariant.h"

#include <string.h>

#define PAGE 4096u
#define PAGE_HEAD 16u       /* of LMDB, on the first page of an overflow run */
#define LEAF_CELL_MAX 1500u /* smaller cells share leaf pages and are not padded */
#define PER_SLAB 64

struct session {
	uint8_t id[SESSION_LEN];
	struct key key;
};
struct slab { /* secret_alloc'ed */
	struct slab *next;
	unsigned used;
	struct session sessions[PER_SLAB];
};
struct seal { /* secret_alloc'ed */
	struct key map_key;
	enum cipher cipher;
	uint8_t session[SESSION_LEN];
	struct aead *aead; /* the caller of cell_write's */
	uint64_t counter;  /* the same */
	pthread_mutex_t lock;
	struct slab *slabs; /* lock; keys of sessions of which a cell was opened: what only claims to be of one costs
	                       nothing */
};
struct opener {
	struct aead *aead; /* NULL until first keyed */
	uint8_t session[SESSION_LEN];
	bool keyed, kept; /* the cipher has that session's key; the seal keeps that */
};

static err_t session_key(const struct seal *s, const uint8_t id[SESSION_LEN], struct key *ret)
{
	return crypto_subkey(&s->map_key, "cloudseal map values", SPAN(id, SESSION_LEN), ret);
}

err_t seal_new(const struct key *map_key, enum cipher cipher, struct seal **ret)
{
	cleanup(seal_freep) struct seal *s = secret_alloc(sizeof(*s));
	if (!s)
		return ERR_NOMEM;
	if (pthread_mutex_init(&s->lock, NULL)) {
		secret_free(steal_ptr(s));
		return ERR_NOMEM;
	}
	s->map_key = *map_key;
	s->cipher = cipher;
	err_t e = crypto_random(s->session, sizeof(s->session));
	cleanup(key_wipe) struct key k = { 0 };
	if (!e)
		e = session_key(s, s->session, &k);
	if (e)
		return e;
	s->aead = aead_new(cipher, &k);
	if (!s->aead)
		return ERR_NOMEM;
	*ret = steal_ptr(s);
	return ERR_OK;
}

void seal_freep(struct seal **p)
{
	struct seal *s = *p;
	if (!s)
		return;
	for (struct slab *b = s->slabs, *next; b; b = next) {
		next = b->next;
		secret_free(b);
	}
	if (s->aead)
		aead_freep(&s->aead);
	pthread_mutex_destroy(&s->lock);
	secret_free(s);
	*p = NULL;
}

err_t seal_check(const struct key *map_key, uint8_t out[CHECK_LEN])
{
	return crypto_hkdf(SPAN(map_key->b, sizeof(map_key->b)), SPAN(NULL, 0), span_str("cloudseal map check"), out,
	                   CHECK_LEN);
}

const uint8_t *seal_session(const struct seal *s)
{
	return s->session;
}

enum cipher seal_cipher(const struct seal *s)
{
	return s->cipher;
}

err_t seal_log_key(const struct seal *s, const uint8_t session[SESSION_LEN], struct key *ret)
{
	return crypto_subkey(&s->map_key, "cloudseal map log", SPAN(session, SESSION_LEN), ret);
}

struct opener *opener_new(struct seal *s)
{
	(void)s;
	return calloc(1, sizeof(struct opener));
}

void opener_freep(struct opener **o)
{
	if (!*o)
		return;
	if ((*o)->aead)
		aead_freep(&(*o)->aead);
	free(*o);
	*o = NULL;
}

static const struct session *session_known(const struct seal *s, const uint8_t id[SESSION_LEN])
{
	for (const struct slab *b = s->slabs; b; b = b->next)
		for (unsigned i = 0; i < b->used; i++)
			if (memcmp(b->sessions[i].id, id, SESSION_LEN) == 0)
				return &b->sessions[i];
	return NULL;
}

/* session_find: the session's key, derived unless it is kept. */
static err_t session_find(struct seal *s, const uint8_t id[SESSION_LEN], struct key *ret, bool *kept)
{
	guard(&s->lock);
	const struct session *known = session_known(s, id);
	*kept = known != NULL;
	if (!known)
		return session_key(s, id, ret);
	*ret = known->key;
	return ERR_OK;
}

/* session_keep: a cell of it was opened; sessions are never dropped before the seal is. */
static err_t session_keep(struct seal *s, const uint8_t id[SESSION_LEN])
{
	guard(&s->lock);
	if (session_known(s, id))
		return ERR_OK;
	if (!s->slabs || s->slabs->used == PER_SLAB) {
		struct slab *b = secret_alloc(sizeof(*b));
		if (!b)
			return ERR_NOMEM;
		b->next = s->slabs;
		s->slabs = b;
	}
	struct session *fresh = &s->slabs->sessions[s->slabs->used];
	err_t e = session_key(s, id, &fresh->key);
	if (e)
		return e;
	memcpy(fresh->id, id, SESSION_LEN);
	s->slabs->used++;
	return ERR_OK;
}

size_t seal_sessions(struct seal *s)
{
	guard(&s->lock);
	size_t n = 0;
	for (const struct slab *b = s->slabs; b; b = b->next)
		n += b->used;
	return n;
}

static err_t opener_key(struct seal *s, struct opener *o, const uint8_t id[SESSION_LEN])
{
	if (o->keyed && memcmp(o->session, id, SESSION_LEN) == 0)
		return ERR_OK;
	cleanup(key_wipe) struct key k = { 0 };
	err_t e = session_find(s, id, &k, &o->kept);
	o->keyed = false;
	if (e)
		return e;
	if (!o->aead) {
		o->aead = aead_new(s->cipher, &k);
		if (!o->aead)
			return ERR_NOMEM;
	} else {
		e = aead_rekey(o->aead, &k);
		if (e)
			return e;
	}
	memcpy(o->session, id, SESSION_LEN);
	o->keyed = true;
	return ERR_OK;
}

bool cell_bare(const struct seal *s, unsigned table)
{
	return !s || table == MAP_BLOCK;
}

size_t cell_size(const struct seal *s, unsigned table, size_t value_len)
{
	size_t n = CELL_HEAD + value_len + (cell_bare(s, table) ? 0 : SEAL_LEN);
	if (n <= LEAF_CELL_MAX)
		return n;
	size_t size = (n + PAGE_HEAD + PAGE - 1) / PAGE * PAGE - PAGE_HEAD;
	INVARIANT(size >= n && size - n < PAGE && (size + PAGE_HEAD) % PAGE == 0); /* 8 */
	return size;
}

struct aad {
	uint8_t b[1 + MAP_KEY_MAX];
	size_t len;
};
static struct aad aad_of(unsigned table, struct span key)
{
	struct aad a = { .len = 1 + MIN(key.len, (size_t)MAP_KEY_MAX) };
	a.b[0] = (uint8_t)table;
	memcpy(a.b + 1, key.p, a.len - 1);
	return a;
}

static void put_le(uint8_t *p, uint64_t v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

err_t cell_write(struct seal *s, unsigned table, struct span key, struct span value, uint8_t *out)
{
	size_t size = cell_size(s, table, value.len), n = CELL_HEAD + value.len;
	put_le(out, value.len, CELL_HEAD);
	uint8_t *at = out + CELL_HEAD;
	if (cell_bare(s, table)) {
		if (value.len)
			memcpy(at, value.p, value.len);
	} else {
		uint8_t nonce[NONCE_LEN] = { 0 };
		put_le(nonce, ++s->counter, 8);
		INVARIANT(s->counter); /* 6 */
		memcpy(at, s->session, SESSION_LEN);
		memcpy(at + SESSION_LEN, nonce, 8);
		uint8_t *body = at + SESSION_LEN + 8;
		struct aad a = aad_of(table, key);
		err_t e = aead_seal(s->aead, nonce, SPAN(a.b, a.len), value, body, body + value.len);
		if (e)
			return e;
		n += SEAL_LEN;
	}
	memset(out + n, 0, size - n);
	return ERR_OK;
}

err_t cell_length(const struct seal *s, unsigned table, struct span cell, size_t *ret)
{
	struct rd r = RD(cell);
	size_t n = rd_u32(&r);
	if (r.bad || n > MAP_VALUE_MAX || cell.len != cell_size(s, table, n))
		return ERR_DAMAGED;
	*ret = n;
	return ERR_OK;
}

err_t cell_read(struct seal *s, struct opener *o, unsigned table, struct span key, struct span cell, struct buf *out)
{
	size_t n = 0;
	err_t e = cell_length(s, table, cell, &n);
	if (e)
		return e;
	const uint8_t *at = (const uint8_t *)cell.p + CELL_HEAD;
	uint8_t nonce[NONCE_LEN] = { 0 };
	if (!cell_bare(s, table)) {
		e = opener_key(s, o, at);
		if (e)
			return e;
		memcpy(nonce, at + SESSION_LEN, 8);
		at += SESSION_LEN + 8;
	}
	buf_clear(out);
	uint8_t *to = buf_extend(out, n);
	if (n && !to)
		return ERR_NOMEM;
	if (cell_bare(s, table)) {
		if (n)
			memcpy(to, at, n);
		return ERR_OK;
	}
	struct aad a = aad_of(table, key);
	uint8_t none[1];
	e = aead_open(o->aead, nonce, SPAN(a.b, a.len), SPAN(at, n), at + n, n ? to : none);
	if (!e && !o->kept)
		e = session_keep(s, o->session);
	o->kept |= !e;
	if (e)
		buf_clear(out);
	return e;
}

/* SPDX-License-Identifier: MIT
 * A table of 64 bits for each key or prefix, at most half full.
 */
#include "vault/work/watch.h"

#include "vault/join/shared_key.h"

#include <stdlib.h>

#define CAP_MIN 256u
#define INO_LEN 8u /* behind the kind */
#define LENGTH_MAX 63u

void watch_free(struct watch *w)
{
	free(w->slot);
	*w = (struct watch){ 0 };
}

/* hash_of: never 0. */
static uint64_t hash_of(uint64_t seed, struct span s)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325) ^ seed;
	for (size_t i = 0; i < s.len; i++)
		h = (h ^ ((const uint8_t *)s.p)[i]) * UINT64_C(0x100000001b3);
	h ^= h >> 32;
	return h ? h : 1;
}

enum seed { OF_INODE, OF_KEY, OF_PREFIX };

static uint64_t *slot_of(const struct watch *w, uint64_t hash)
{
	size_t i = hash & (w->cap - 1);
	while (w->slot[i] && w->slot[i] != hash)
		i = (i + 1) & (w->cap - 1);
	return &w->slot[i];
}

static bool grow(struct watch *w)
{
	struct watch to = { .cap = w->cap ? 2 * w->cap : CAP_MIN };
	to.slot = calloc(to.cap, sizeof(*to.slot));
	if (!to.slot)
		return false;
	for (size_t i = 0; i < w->cap; i++)
		if (w->slot[i])
			*slot_of(&to, w->slot[i]) = w->slot[i];
	free(w->slot);
	w->slot = to.slot;
	w->cap = to.cap;
	return true;
}

static void add(struct watch *w, uint64_t hash)
{
	if (w->all)
		return;
	if (2 * w->n >= w->cap && !grow(w)) {
		w->all = true;
		return;
	}
	uint64_t *at = slot_of(w, hash);
	w->n += !*at;
	*at = hash;
}

static bool has(const struct watch *w, uint64_t hash)
{
	return w->cap && *slot_of(w, hash);
}

static uint64_t inode_hash(struct span key)
{
	return hash_of(OF_INODE, SPAN((const uint8_t *)key.p + 1, INO_LEN));
}

static bool is_shared(struct span key)
{
	return shared_key_is(key);
}

void watch_key(struct watch *w, struct span key)
{
	if (!is_shared(key))
		add(w, hash_of(OF_KEY, key));
	else if (key.len > INO_LEN)
		add(w, inode_hash(key));
	else
		w->all = true;
}

void watch_inode(struct watch *w, uint64_t ino)
{
	const struct shared_key k = shared_key_ino(SHARED_INODE, ino);
	watch_key(w, shared_key_span(&k));
}

void watch_keys(struct watch *w, const struct records *keys)
{
	for (size_t i = 0; i < keys->n; i++)
		watch_key(w, records_key(keys->v[i]));
}

static void watch_prefix(struct watch *w, struct span prefix)
{
	if (is_shared(prefix)) {
		watch_key(w, prefix);
		return;
	}
	w->all |= !prefix.len || prefix.len > LENGTH_MAX;
	w->lengths |= prefix.len <= LENGTH_MAX ? UINT64_C(1) << prefix.len : 0;
	add(w, hash_of(OF_PREFIX, prefix));
}

static bool met_local(const struct watch *w, struct span key)
{
	if (has(w, hash_of(OF_KEY, key)))
		return true;
	for (size_t len = 1; len <= key.len && len <= LENGTH_MAX; len++)
		if (w->lengths & UINT64_C(1) << len && has(w, hash_of(OF_PREFIX, SPAN(key.p, len))))
			return true;
	return false;
}

/* met: what is no record of an inode (vault/records/key.h) has nothing to do with what is shown. */
static bool met(const struct watch *w, struct span key)
{
	if (!is_shared(key))
		return met_local(w, key);
	return key.len > INO_LEN && has(w, inode_hash(key));
}

bool watch_met(const struct watch *w, const struct records *keys)
{
	bool ret = w->all && keys->n;
	for (size_t i = 0; !ret && i < keys->n; i++)
		ret = met(w, records_key(keys->v[i]));
	return ret;
}

/* -- a view -------------------------------------------------------------------------------------------------------- */

static err_t get(void *ctx, struct span key, struct buf *out)
{
	const struct watching *w = ctx;
	if (w->watch)
		watch_key(w->watch, key);
	return w->below->get(w->below->ctx, key, out);
}

static err_t scan(void *ctx, struct span prefix, struct span from, view_visit fn, void *arg)
{
	const struct watching *w = ctx;
	if (w->watch)
		watch_prefix(w->watch, prefix);
	return w->below->scan(w->below->ctx, prefix, from, fn, arg);
}

struct view watching_view(struct watching *w)
{
	return (struct view){ get, scan, w };
}

/* SPDX-License-Identifier: MIT */
#include "fs/data/block_read.h"

#include "fs/core/fs_state.h"
#include "vault/keys/keyring.h"
#include "vault/objects/block.h"
#include "vault/records/placed.h"

#include <string.h>

#define BLOCK_CHUNKS (BLOCK_SIZE / BLOCK_CHUNK)

/* epoch_queued: of a block that is in no segment yet. */
static err_t epoch_queued(struct map *m, struct id id, uint32_t *ret)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	struct rkey k = key_queue(QUEUE_BLOCK, id);
	struct pending_block p;
	err_t e = map_get(m, MAP_QUEUE, rkey_span(&k), &b);
	if (!e)
		e = pending_block_decode(buf_span(&b), &p);
	if (!e)
		*ret = p.epoch;
	return e;
}

static err_t placed_of(struct map *m, struct id id, struct placed *ret)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	struct rkey k = key_id(REC_PLACED, id);
	err_t e = map_get(m, MAP_RECORDS, rkey_span(&k), &b);
	return e ? e : placed_decode(buf_span(&b), ret);
}

static err_t epoch_placed(struct map *m, struct id id, uint32_t *ret)
{
	struct placed p;
	err_t e = placed_of(m, id, &p);
	if (!e)
		*ret = p.epoch;
	return e;
}

/* epoch_of: that it is sealed under. */
static err_t epoch_of(struct map *m, struct id id, uint32_t *ret)
{
	err_t e = epoch_placed(m, id, ret);
	if (e == ERR_NOTFOUND)
		e = epoch_queued(m, id, ret);
	return e == ERR_NOTFOUND ? epoch_placed(m, id, ret) : e; /* packed between the two looks? */
}

struct part { /* of a block: what is wanted of it */
	struct map *map;
	struct span key; /* of the block */
	uint32_t off, len;
};
struct chunks { /* those with that part */
	uint32_t first, last;
	uint32_t start;    /* bytes of the block before the first one */
	struct buf sealed; /* their ciphertext */
	uint8_t tags[BLOCK_CHUNKS * TAG_LEN];
};

struct opening { /* of what is in chunks */
	struct id salt;
	uint32_t length;
	const struct chunks *chunks;
	uint8_t *out;
};

/* chunks_get: out of the map. */
static err_t chunks_get(const struct part *p, uint32_t length, struct chunks *c)
{
	c->first = p->off / BLOCK_CHUNK;
	c->last = (p->off + p->len - 1) / BLOCK_CHUNK;
	struct block_chunk a = block_chunk_of(length, c->first), z = block_chunk_of(length, c->last);
	struct map_range text = { a.sealed_at, z.sealed_at + z.len - a.sealed_at };
	struct map_range tags = { a.tag_at, z.tag_at + TAG_LEN - a.tag_at };
	c->start = a.start;
	uint8_t *at = buf_extend(&c->sealed, text.len);
	if (!at)
		return ERR_NOMEM;
	err_t e = map_peek(p->map, MAP_BLOCK, p->key, text, at, NULL);
	return e ? e : map_peek(p->map, MAP_BLOCK, p->key, tags, c->tags, NULL);
}

/* chunks_open: the part's bytes go to `out`. */
static err_t chunks_open(struct block_reader *r, const struct part *p, const struct chunks *c, uint32_t length,
                         uint8_t *out)
{
	uint8_t plain[BLOCK_CHUNK];
	err_t e = ERR_OK;
	for (uint32_t i = c->first; !e && i <= c->last; i++) {
		struct block_chunk at = block_chunk_of(length, i);
		uint32_t lo = MAX(at.start, p->off), hi = MIN(at.start + at.len, p->off + p->len);
		bool whole = hi - lo == at.len;
		e = block_open_chunk(r, i, SPAN(c->sealed.p + (at.start - c->start), at.len),
		                     c->tags + (size_t)(i - c->first) * TAG_LEN, whole ? out + (lo - p->off) : plain);
		if (!e && !whole)
			memcpy(out + (lo - p->off), plain + (lo - at.start), hi - lo);
	}
	crypto_wipe(plain, sizeof(plain));
	return e;
}

/* Which key opens it: of the file, and of the epochs that have the number that is known of it, mostly one. */
struct keys {
	struct fs *fs;
	const uint8_t *file;
	uint32_t epoch;
};

/* keys_next: of the next of them. The engine may add epochs meanwhile. ERR_NOTFOUND: there are no more. */
static err_t keys_next(const struct keys *k, struct keyring_turn *t, struct key *ret)
{
	t->number = k->epoch;
	return keyring_next(k->fs->cfg.keyring, t, KEY_BLOCKS, ret);
}

static err_t open_by(const struct keys *k, struct key *blocks, const struct part *p, const struct opening *o)
{
	cleanup(block_reader_freep) struct block_reader *r = NULL;
	struct block_keys keys = { keyring_cipher(k->fs->cfg.keyring), blocks, k->file };
	err_t e = block_reader_new(&keys, o->salt, o->length, &r);
	return e ? e : chunks_open(r, p, o->chunks, o->length, o->out);
}

/* open_any: ERR_DAMAGED: by none of them. */
static err_t open_any(const struct keys *k, const struct part *p, const struct opening *o)
{
	cleanup(key_wipe) struct key blocks = { 0 };
	struct keyring_turn t = { 0 };
	err_t e = keys_next(k, &t, &blocks);
	if (!e)
		e = open_by(k, &blocks, p, o);
	while (e == ERR_DAMAGED && !keys_next(k, &t, &blocks))
		e = open_by(k, &blocks, p, o);
	return e;
}

static err_t read_part(const struct keys *k, const struct part *p, uint8_t *out)
{
	struct chunks c = { .sealed = BUF_INIT };
	struct id salt;
	size_t size;
	err_t e = map_peek(p->map, MAP_BLOCK, p->key, (struct map_range){ 0, BLOCK_SALT }, &salt, &size);
	uint32_t length = e ? 0 : block_length(size);
	if (!e && (p->off > length || p->len > length - p->off))
		e = ERR_DAMAGED;
	if (!e)
		e = chunks_get(p, length, &c);
	if (!e)
		e = open_any(k, p, &(struct opening){ salt, length, &c, out });
	buf_free(&c.sealed);
	return e;
}

err_t block_read(struct fs *fs, const uint8_t key[32], struct id id, uint32_t off, uint32_t len, void *out)
{
	struct part p = { fs->cfg.map, id_span(&id), off, len };
	uint32_t epoch;
	err_t e = map_has(p.map, MAP_BLOCK, p.key);
	if (!e && !len)
		e = ERR_DAMAGED;
	if (!e)
		e = epoch_of(p.map, id, &epoch);
	if (!e)
		e = read_part(&(struct keys){ fs, key, epoch }, &p, out);
	return e == ERR_LIMIT ? ERR_DAMAGED : e; /* shorter than it should be */
}

err_t block_read_open(struct fs *fs, const uint8_t key[32], uint32_t epoch, struct span sealed,
                      const struct block_part *p)
{
	cleanup(key_wipe) struct key blocks = { 0 };
	const struct keys of = { fs, key, epoch };
	struct block_keys keys = { keyring_cipher(fs->cfg.keyring), &blocks, key };
	struct keyring_turn t = { 0 };
	err_t e = keys_next(&of, &t, &blocks);
	if (!e)
		e = block_open(&keys, sealed, p->off, p->len, p->out);
	while (e == ERR_DAMAGED && !keys_next(&of, &t, &blocks))
		e = block_open(&keys, sealed, p->off, p->len, p->out);
	return e;
}

err_t block_segment(struct fs *fs, struct id id, struct id *ret)
{
	struct placed p;
	err_t e = placed_of(fs->cfg.map, id, &p);
	if (!e)
		*ret = p.segment;
	return e;
}

bool block_is_here(struct fs *fs, struct id id)
{
	return map_has(fs->cfg.map, MAP_BLOCK, id_span(&id)) == ERR_OK;
}

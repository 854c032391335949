/* SPDX-License-Identifier: MIT */
#include "fs/data/block_read.h"

#include "fs/core/fs_state.h"
#include "fs/data/block_read2.h"
#include "vault/objects/block.h"

#include <string.h>

#define BLOCK_CHUNKS (BLOCK_SIZE / BLOCK_CHUNK)

struct block_info {
	uint32_t length, epoch;
};

/* from_queue: of a block that is in no segment yet. */
static err_t from_queue(struct map *m, struct id id, struct block_info *ret)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	struct rkey k = key_queue(QUEUE_BLOCK, id);
	struct pending_block p;
	err_t e = map_get(m, MAP_QUEUE, rkey_span(&k), &b);
	if (!e)
		e = pending_block_decode(buf_span(&b), &p);
	if (!e)
		*ret = (struct block_info){ p.length, p.epoch };
	return e;
}

static err_t from_record(struct map *m, struct id id, struct block_info *ret)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	struct rkey k = key_id(REC_BLOCK, id);
	struct block_rec rec;
	err_t e = map_get(m, MAP_RECORDS, rkey_span(&k), &b);
	if (!e)
		e = block_rec_decode(buf_span(&b), &rec);
	if (!e)
		*ret = (struct block_info){ rec.length, rec.epoch };
	return e;
}

static err_t info_of(struct map *m, struct id id, struct block_info *ret)
{
	err_t e = from_record(m, id, ret);
	if (e == ERR_NOTFOUND)
		e = from_queue(m, id, ret);
	return e == ERR_NOTFOUND ? from_record(m, id, ret) : e; /* packed between the two looks? */
}

struct chunks {          /* [first, last] of a block */
	uint32_t length; /* of the block */
	uint32_t first, last;
	const uint8_t *sealed, *tags; /* their ciphertext, and their tags */
};

/* open_chunks: bytes [off, off + len) of the block go to `out`. */
static err_t open_chunks(struct block_reader *r, const struct chunks *c, uint32_t off, uint32_t len, uint8_t *out)
{
	uint8_t plain[BLOCK_CHUNK];
	for (uint32_t i = c->first; i <= c->last; i++) {
		uint32_t at, n, tag;
		block_chunk_span(c->length, i, &at, &n, &tag);
		struct span s = SPAN(c->sealed + (i - c->first) * BLOCK_CHUNK, n);
		uint32_t lo = MAX(at, off), hi = MIN(at + n, off + len);
		bool whole = lo == at && hi == at + n;
		err_t e = block_open_chunk(r, i, s, c->tags + (size_t)(i - c->first) * TAG_LEN,
		                           whole ? out + (at - off) : plain);
		if (e)
			return e;
		if (!whole)
			memcpy(out + (lo - off), plain + (lo - at), hi - lo);
	}
	return ERR_OK;
}

static err_t read1(struct fs *fs, const uint8_t key[32], struct id id, uint32_t off, uint32_t len, void *out)
{
	struct block_info info;
	struct map *m = fs->cfg.map;
	struct span k = id_span(&id);
	err_t e = map_has(m, MAP_BLOCK, k);
	if (!e)
		e = info_of(m, id, &info);
	if (e)
		return e;
	if (!len || off > info.length || len > info.length - off)
		return ERR_DAMAGED;
	uint32_t first = off / BLOCK_CHUNK, last = (off + len - 1) / BLOCK_CHUNK, at, n, end, tag, tag0;
	block_chunk_span(info.length, first, &at, &n, &tag0);
	block_chunk_span(info.length, last, &end, &n, &tag);
	cleanup_free uint8_t *sealed = malloc(end + n - at);
	uint8_t tags[BLOCK_CHUNKS * TAG_LEN];
	cleanup(block_reader_freep) struct block_reader *r = NULL;
	if (!sealed)
		return ERR_NOMEM;
	e = map_peek(m, MAP_BLOCK, k, (struct map_range){ at, end + n - at }, sealed, NULL);
	if (!e)
		e = map_peek(m, MAP_BLOCK, k, (struct map_range){ tag0, tag + TAG_LEN - tag0 }, tags, NULL);
	if (!e)
		e = block_reader_new(fs->cfg.keyring, BLOCK_REF(key, id, info.epoch, info.length), &r);
	if (!e)
		e = open_chunks(r, &(struct chunks){ info.length, first, last, sealed, tags }, off, len, out);
	return e == ERR_LIMIT ? ERR_DAMAGED : e; /* shorter than its record says */
}

err_t block_read(struct fs *fs, const uint8_t key[32], struct id id, uint32_t off, uint32_t len, void *out)
{
	return fs->cfg.format == VAULT_FORMAT_2 ? block_read2(fs, key, id, off, len, out)
	                                        : read1(fs, key, id, off, len, out);
}

bool block_is_here(struct fs *fs, struct id id)
{
	return map_has(fs->cfg.map, MAP_BLOCK, id_span(&id)) == ERR_OK;
}

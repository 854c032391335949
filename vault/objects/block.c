/* SPDX-License-Identifier: MIT
 * Sealing and opening of file blocks, chunk by chunk. Layout: docs/format1.md, "Blocks".
 */
#include "vault/objects/block.h"

#include "util/cleanup.h"
#include "util/clock.h"

#include <string.h>

#define BLOCK_LABEL "cloudseal block"

static uint32_t chunks_of(uint32_t length)
{
	return length / BLOCK_CHUNK + (length % BLOCK_CHUNK != 0);
}

uint32_t block_sealed_size(uint32_t length)
{
	return length + chunks_of(length) * TAG_LEN;
}

void block_chunk_span(uint32_t length, uint32_t i, uint32_t *ret_off, uint32_t *ret_len, uint32_t *ret_tag_off)
{
	uint32_t off = i * BLOCK_CHUNK;
	*ret_off = off;
	*ret_len = off < length ? MIN(length - off, BLOCK_CHUNK) : 0;
	*ret_tag_off = length + i * TAG_LEN;
}

static void nonce_of(uint32_t length, uint32_t i, uint8_t nonce[NONCE_LEN])
{
	memset(nonce, 0, NONCE_LEN);
	for (unsigned b = 0; b < 4; b++)
		nonce[b] = (uint8_t)(i >> (8 * b));
	nonce[4] = i + 1 == chunks_of(length);
}

static err_t block_key(const struct keyring *k, const uint8_t file_key[32], struct id id, uint32_t epoch,
                       struct key *ret)
{
	cleanup(key_wipe) struct key root = { 0 };
	uint8_t info[sizeof(BLOCK_LABEL) - 1 + ID_LEN];
	err_t e = keyring_key(k, epoch, KEY_BLOCKS, &root);
	if (e)
		return e;
	memcpy(info, BLOCK_LABEL, sizeof(BLOCK_LABEL) - 1);
	id_put(info + sizeof(BLOCK_LABEL) - 1, id);
	return crypto_hkdf(SPAN(file_key, 32), SPAN(root.b, sizeof(root.b)), SPAN(info, sizeof(info)), ret->b,
	                   sizeof(ret->b));
}

static err_t block_aead(const struct keyring *k, const uint8_t file_key[32], struct id id, uint32_t epoch,
                        struct aead **ret)
{
	cleanup(key_wipe) struct key key = { 0 };
	err_t e = block_key(k, file_key, id, epoch, &key);
	if (e)
		return e;
	struct aead *a = aead_new(keyring_cipher(k), &key);
	if (!a)
		return ERR_NOMEM;
	*ret = a;
	return ERR_OK;
}

static err_t seal_chunks(struct aead *a, struct span data, uint8_t *out)
{
	uint32_t length = (uint32_t)data.len;
	for (uint32_t i = 0; i < chunks_of(length); i++) {
		uint8_t nonce[NONCE_LEN];
		uint32_t off, len, tag;
		block_chunk_span(length, i, &off, &len, &tag);
		nonce_of(length, i, nonce);
		err_t e = aead_seal(a, nonce, SPAN(NULL, 0), SPAN((const uint8_t *)data.p + off, len), out + off,
		                    out + tag);
		if (e)
			return e;
	}
	return ERR_OK;
}

err_t block_seal_with_id(const struct keyring *k, const uint8_t file_key[32], struct span data, struct id id,
                         struct pending_block *p, struct buf *out)
{
	cleanup(aead_freep) struct aead *a = NULL;
	struct pending_block made = { .length = (uint32_t)data.len, .epoch = keyring_epoch(k) };
	if (data.len < 1 || data.len > BLOCK_SIZE)
		return ERR_INVAL;
	err_t e = block_aead(k, file_key, id, made.epoch, &a);
	if (e)
		return e;
	size_t start = out->len, size = block_sealed_size(made.length);
	uint8_t *at = buf_extend(out, size);
	if (!at)
		return ERR_NOMEM;
	e = seal_chunks(a, data, at);
	if (!e)
		e = crypto_sha256(SPAN(at, size), &made.hash);
	if (e)
		out->len = start;
	else
		*p = made;
	return e;
}

err_t block_seal(const struct keyring *k, const uint8_t file_key[32], struct span data, struct id *id,
                 struct pending_block *p, struct buf *out)
{
	struct id drawn;
	err_t e = crypto_random_id(&drawn);
	if (!e)
		e = block_seal_with_id(k, file_key, data, drawn, p, out);
	if (e)
		return e;
	p->order = (uint64_t)clock_wall();
	*id = drawn;
	return ERR_OK;
}

/* --- reading --- */

struct block_reader {
	struct aead *aead;
	uint32_t length;
};

err_t block_reader_new(const struct keyring *k, const struct block_ref *b, struct block_reader **ret)
{
	if (b->length < 1 || b->length > BLOCK_SIZE)
		return ERR_DAMAGED;
	struct block_reader *r = calloc(1, sizeof(*r));
	if (!r)
		return ERR_NOMEM;
	r->length = b->length;
	err_t e = block_aead(k, b->file_key, b->id, b->epoch, &r->aead);
	if (e)
		block_reader_freep(&r);
	else
		*ret = r;
	return e;
}

void block_reader_freep(struct block_reader **rp)
{
	struct block_reader *r = *rp;
	*rp = NULL;
	if (!r)
		return;
	aead_freep(&r->aead);
	free(r);
}

err_t block_open_chunk(struct block_reader *r, uint32_t i, struct span sealed, const uint8_t tag[TAG_LEN], void *out)
{
	uint8_t nonce[NONCE_LEN];
	uint32_t off, len, tag_off;
	if (i >= chunks_of(r->length))
		return ERR_INVAL;
	block_chunk_span(r->length, i, &off, &len, &tag_off);
	if (sealed.len != len)
		return ERR_DAMAGED;
	nonce_of(r->length, i, nonce);
	return aead_open(r->aead, nonce, SPAN(NULL, 0), sealed, tag, out);
}

/* open_part: bytes [from, to) of chunk i, through a scratch chunk unless all of it is wanted. */
static err_t open_part(struct block_reader *r, const uint8_t *sealed, uint32_t i, uint32_t from, uint32_t to,
                       uint8_t *out)
{
	uint8_t chunk[BLOCK_CHUNK];
	uint32_t off, len, tag;
	block_chunk_span(r->length, i, &off, &len, &tag);
	bool whole = from == 0 && to == len;
	err_t e = block_open_chunk(r, i, SPAN(sealed + off, len), sealed + tag, whole ? out : chunk);
	if (!e && !whole)
		memcpy(out, chunk + from, to - from);
	return e;
}

err_t block_open(const struct keyring *k, const struct block_ref *b, struct span sealed, uint32_t off, uint32_t len,
                 void *out)
{
	cleanup(block_reader_freep) struct block_reader *r = NULL;
	err_t e = block_reader_new(k, b, &r);
	if (e)
		return e;
	if (sealed.len != block_sealed_size(b->length))
		return ERR_DAMAGED;
	if (off > b->length || len > b->length - off)
		return ERR_INVAL;
	uint8_t *to = out;
	for (uint32_t end = off + len; off < end && !e;) {
		uint32_t start = off / BLOCK_CHUNK * BLOCK_CHUNK, stop = MIN(start + BLOCK_CHUNK, end);
		e = open_part(r, sealed.p, off / BLOCK_CHUNK, off - start, stop - start, to);
		to += stop - off;
		off = stop;
	}
	return e;
}

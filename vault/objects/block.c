/* SPDX-License-Identifier: MIT */
#include "vault/objects/block.h"

#include "util/cleanup.h"
#include "vault/join/segment.h"

#include <string.h>

#define BLOCK_LABEL "cloudseal block"

static uint32_t chunks_of(uint32_t length)
{
	return length / BLOCK_CHUNK + (length % BLOCK_CHUNK != 0);
}

uint32_t block_sealed(uint32_t length)
{
	return segment_sealed(length);
}

uint32_t block_length(size_t sealed)
{
	if (sealed <= BLOCK_SALT + TAG_LEN || sealed > block_sealed(BLOCK_SIZE))
		return 0;
	uint32_t rest = (uint32_t)sealed - BLOCK_SALT, whole = rest / (BLOCK_CHUNK + TAG_LEN);
	uint32_t tail = rest % (BLOCK_CHUNK + TAG_LEN);
	if (tail && tail <= TAG_LEN)
		return 0;
	return whole * BLOCK_CHUNK + (tail ? tail - TAG_LEN : 0);
}

struct id block_id(struct hash hash)
{
	return id_from(hash.b);
}

struct block_chunk block_chunk_of(uint32_t length, uint32_t i)
{
	struct block_chunk c = { 0 };
	if (i >= chunks_of(length))
		return c;
	c.start = i * BLOCK_CHUNK;
	c.len = MIN(length - c.start, BLOCK_CHUNK);
	c.sealed_at = BLOCK_SALT + c.start;
	c.tag_at = BLOCK_SALT + length + i * TAG_LEN;
	return c;
}

static void nonce_of(uint32_t length, uint32_t i, uint8_t nonce[NONCE_LEN])
{
	memset(nonce, 0, NONCE_LEN);
	for (unsigned b = 0; b < 4; b++)
		nonce[b] = (uint8_t)(i >> (8 * b));
	nonce[4] = i + 1 == chunks_of(length);
}

static err_t block_aead(const struct block_keys *k, struct id salt, struct aead **ret)
{
	cleanup(key_wipe) struct key key = { 0 };
	uint8_t info[sizeof(BLOCK_LABEL) - 1 + BLOCK_SALT];
	memcpy(info, BLOCK_LABEL, sizeof(BLOCK_LABEL) - 1);
	id_put(info + sizeof(BLOCK_LABEL) - 1, salt);
	err_t e = crypto_hkdf(SPAN(k->file_key, 32), SPAN(k->blocks->b, sizeof(k->blocks->b)), SPAN(info, sizeof(info)),
	                      key.b, sizeof(key.b));
	if (e)
		return e;
	struct aead *a = aead_new(k->cipher, &key);
	if (!a)
		return ERR_NOMEM;
	*ret = a;
	return ERR_OK;
}

/* -- sealing ----------------------------------------------------------------------------------------------------- */

static err_t seal_chunks(struct aead *a, struct span data, uint8_t *out)
{
	uint32_t length = (uint32_t)data.len;
	err_t e = ERR_OK;
	for (uint32_t i = 0; !e && i < chunks_of(length); i++) {
		uint8_t nonce[NONCE_LEN];
		struct block_chunk c = block_chunk_of(length, i);
		nonce_of(length, i, nonce);
		e = aead_seal(a, nonce, SPAN(NULL, 0), SPAN((const uint8_t *)data.p + c.start, c.len),
		              out + c.sealed_at, out + c.tag_at);
	}
	return e;
}

err_t block_seal_with_salt(const struct block_keys *k, struct id salt, struct span data, struct buf *out,
                           struct hash *ret)
{
	cleanup(aead_freep) struct aead *a = NULL;
	if (data.len < 1 || data.len > BLOCK_SIZE)
		return ERR_INVAL;
	err_t e = block_aead(k, salt, &a);
	if (e)
		return e;
	size_t start = out->len, size = block_sealed((uint32_t)data.len);
	uint8_t *at = buf_extend(out, size);
	if (!at)
		return ERR_NOMEM;
	id_put(at, salt);
	e = seal_chunks(a, data, at);
	if (!e)
		e = crypto_sha256(SPAN(at, size), ret);
	if (e)
		out->len = start;
	return e;
}

err_t block_seal(const struct block_keys *k, struct span data, struct buf *out, struct hash *ret)
{
	struct id salt;
	err_t e = crypto_random_id(&salt);
	return e ? e : block_seal_with_salt(k, salt, data, out, ret);
}

/* -- reading ----------------------------------------------------------------------------------------------------- */

err_t block_check(struct span sealed, uint32_t length, struct hash hash)
{
	struct hash h;
	if (!length || length > BLOCK_SIZE || sealed.len != block_sealed(length))
		return ERR_DAMAGED;
	err_t e = crypto_sha256(sealed, &h);
	return e || hash_eq(h, hash) ? e : ERR_DAMAGED;
}

struct block_reader {
	struct aead *aead;
	uint32_t length;
};

err_t block_reader_new(const struct block_keys *k, struct id salt, uint32_t length, struct block_reader **ret)
{
	if (length < 1 || length > BLOCK_SIZE)
		return ERR_DAMAGED;
	cleanup(block_reader_freep) struct block_reader *r = calloc(1, sizeof(*r));
	if (!r)
		return ERR_NOMEM;
	r->length = length;
	err_t e = block_aead(k, salt, &r->aead);
	if (!e)
		*ret = steal_ptr(r);
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
	struct block_chunk c = block_chunk_of(r->length, i);
	if (!c.len)
		return ERR_INVAL;
	if (sealed.len != c.len)
		return ERR_DAMAGED;
	nonce_of(r->length, i, nonce);
	return aead_open(r->aead, nonce, SPAN(NULL, 0), sealed, tag, out);
}

/* open_part: bytes [from, to) of the block, which are in chunk i, through a scratch chunk unless they are all of it. */
static err_t open_part(struct block_reader *r, const uint8_t *sealed, uint32_t i, uint32_t from, uint32_t to,
                       uint8_t *out)
{
	uint8_t chunk[BLOCK_CHUNK];
	struct block_chunk c = block_chunk_of(r->length, i);
	bool whole = from == c.start && to == c.start + c.len;
	err_t e = block_open_chunk(r, i, SPAN(sealed + c.sealed_at, c.len), sealed + c.tag_at, whole ? out : chunk);
	if (!e && !whole)
		memcpy(out, chunk + (from - c.start), to - from);
	return e;
}

err_t block_open(const struct block_keys *k, struct span sealed, uint32_t off, uint32_t len, void *out)
{
	cleanup(block_reader_freep) struct block_reader *r = NULL;
	uint32_t length = block_length(sealed.len);
	if (!length)
		return ERR_DAMAGED;
	if (off > length || len > length - off)
		return ERR_INVAL;
	err_t e = block_reader_new(k, id_from(sealed.p), length, &r);
	uint8_t *to = out;
	for (uint32_t end = off + len; !e && off < end;) {
		uint32_t i = off / BLOCK_CHUNK, stop = MIN((i + 1) * BLOCK_CHUNK, end);
		e = open_part(r, sealed.p, i, off, stop, to);
		to += stop - off;
		off = stop;
	}
	return e;
}

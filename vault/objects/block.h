/* SPDX-License-Identifier: MIT
 * Sealing of file blocks. Sealed form: the ciphertext of chunks of BLOCK_CHUNK bytes (the last shorter), then one
 * tag(16) a chunk. block key = HKDF(file key, epoch's block key, "cloudseal block" || block id); chunk nonce = index(4)
 * last flag(1) zero(7). Safe because an id, and so a key, is drawn anew each time bytes are sealed.
 */
#pragma once

#include "vault/keys/keyring.h"
#include "vault/records/blocks.h"

#define BLOCK_CHUNK (16u * 1024)
/* block_sealed_size: bytes of a sealed block of `length` plaintext bytes. */
uint32_t block_sealed_size(uint32_t length);
/* block_seal: draws an id, appends the sealed bytes to `out` and fills `p` (length, epoch, hash of the sealed bytes).
 */
MUST_CHECK err_t block_seal(const struct keyring *k, const uint8_t file_key[32], struct span data, struct id *id,
                            struct pending_block *p, struct buf *out);
/* block_seal_with_id: under a chosen id, for test vectors only: ids drawn anew are what makes the fixed nonces safe. */
MUST_CHECK err_t block_seal_with_id(const struct keyring *k, const uint8_t file_key[32], struct span data, struct id id,
                                    struct pending_block *p, struct buf *out);
/* Which block, and what opens it. */
struct block_ref {
	const uint8_t *file_key; /* 32 bytes, of the file's inode */
	struct id id;
	uint32_t epoch;  /* it is sealed under */
	uint32_t length; /* plaintext bytes, 1..BLOCK_SIZE */
};
#define BLOCK_REF(file_key_, id_, epoch_, length_) (&(struct block_ref){ file_key_, id_, epoch_, length_ })
/* A block opened for reading: derives the key once, opens single chunks. */
struct block_reader;
/* block_reader_new, block_reader_freep (NULL is fine): one thread at a time. ERR_DAMAGED: no block has that length;
 * ERR_NOTFOUND: the epoch is not known. */
MUST_CHECK err_t block_reader_new(const struct keyring *k, const struct block_ref *b, struct block_reader **ret);
void block_reader_freep(struct block_reader **r);
/* block_chunk_span: where in the sealed bytes chunk `i` and its tag are. */
void block_chunk_span(uint32_t length, uint32_t i, uint32_t *ret_off, uint32_t *ret_len, uint32_t *ret_tag_off);
/* block_open_chunk: `sealed` is the chunk's ciphertext, `tag` its tag; out holds the same number of bytes. ERR_DAMAGED.
 */
MUST_CHECK err_t block_open_chunk(struct block_reader *r, uint32_t i, struct span sealed, const uint8_t tag[TAG_LEN],
                                  void *out);
/* block_open: `len` plaintext bytes at `off` out of a whole sealed block in memory. ERR_INVAL: they are not all in it.
 */
MUST_CHECK err_t block_open(const struct keyring *k, const struct block_ref *b, struct span sealed, uint32_t off,
                            uint32_t len, void *out);

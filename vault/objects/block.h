/* SPDX-License-Identifier: MIT
 * Sealing of file blocks of format 2 (docs/format.md, "Blocks").
 *
 *   sealed form  salt(16), the ciphertext of chunks of BLOCK_CHUNK bytes (the last shorter), then one tag(16) a chunk
 *   key          HKDF(file key, KEY_BLOCKS, "cloudseal block" || salt)
 *   nonce        of chunk i: i(u32) last(u8) zero(7)
 *   block id     first 16 bytes of SHA-256 of the sealed form
 * Safe because a salt, and so a key, is drawn anew each time bytes are sealed.
 */
#pragma once

#include "crypto/crypto.h"
#include "vault/records/extents.h"

#define BLOCK_CHUNK 16384u
#define BLOCK_SALT ID_LEN

/* What seals the blocks of one file under one epoch. */
struct block_keys {
	enum cipher cipher;
	const struct key *blocks; /* KEY_BLOCKS of the epoch (epoch_keys.h) */
	const uint8_t *file_key;  /* 32 bytes */
};
/* block_sealed: bytes of the sealed form of `length` bytes. block_id: by the hash of the sealed form. */
uint32_t block_sealed(uint32_t length);
struct id block_id(struct hash hash);
/* block_seal: draws a salt and appends the sealed form; `ret` is its hash. ERR_INVAL: none, or over BLOCK_SIZE. */
MUST_CHECK err_t block_seal(const struct block_keys *k, struct span data, struct buf *out, struct hash *ret);
/* block_seal_with_salt: under a chosen one, for test vectors only: that it is drawn is what makes the nonces safe. */
MUST_CHECK err_t block_seal_with_salt(const struct block_keys *k, struct id salt, struct span data, struct buf *out,
                                      struct hash *ret);
/* block_check: whether these are the sealed bytes of that length and hash: for all that comes from a store.
 * ERR_DAMAGED, ERR_CRYPTO. */
MUST_CHECK err_t block_check(struct span sealed, uint32_t length, struct hash hash);

/* A block opened for reading: derives the key once, opens single chunks. One thread at a time. */
struct block_reader;
/* block_reader_new: `salt` is what the sealed form begins with. ERR_DAMAGED: no block has that length.
 * block_reader_freep: wipes; NULL is fine. */
MUST_CHECK err_t block_reader_new(const struct block_keys *k, struct id salt, uint32_t length,
                                  struct block_reader **ret);
void block_reader_freep(struct block_reader **r);
/* block_chunk_of: where chunk `i` begins in the block, its length (0: there is none), and where in the sealed form
 * its ciphertext and its tag are. */
struct block_chunk {
	uint32_t start, len;
	uint32_t sealed_at, tag_at;
};
struct block_chunk block_chunk_of(uint32_t length, uint32_t i);
/* block_open_chunk: `sealed` is the chunk's ciphertext; `out` holds the same number of bytes. ERR_INVAL: no such
 * chunk; ERR_DAMAGED. */
MUST_CHECK err_t block_open_chunk(struct block_reader *r, uint32_t i, struct span sealed, const uint8_t tag[TAG_LEN],
                                  void *out);
/* block_open: `len` bytes at `off` out of a whole sealed form in memory, which says the length. ERR_INVAL: they are
 * not all in it; ERR_DAMAGED. */
MUST_CHECK err_t block_open(const struct block_keys *k, struct span sealed, uint32_t off, uint32_t len, void *out);
/* block_length: of a sealed form of so many bytes; 0: none has that size. */
uint32_t block_length(size_t sealed);

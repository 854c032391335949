/* SPDX-License-Identifier: MIT
 * The seam over OpenSSL and libargon2: hashes, derivation, AEAD, signatures, sealed boxes. Nothing above includes
 * <openssl/...>. Every function checks the library's answer, wipes its intermediates on every exit, and leaves its
 * outputs zeroed on failure. ERR_CRYPTO: the library failed; ERR_DAMAGED: a tag, signature or commitment does not
 * match.
 */
#pragma once

#include "crypto/secret.h"
#include "util/buf.h"

#define HASH_LEN 32
#define TAG_LEN 16
#define NONCE_LEN 12
#define SIG_LEN 64

/* --- randomness and hashes --- */
MUST_CHECK err_t crypto_random(void *p, size_t n); /* from the kernel (getrandom) */
MUST_CHECK err_t crypto_sha256(struct span in, uint8_t out[HASH_LEN]);
struct sha256; /* incremental form; free with sha256_freep */
struct sha256 *sha256_new(void);
void sha256_freep(struct sha256 **h);
MUST_CHECK err_t sha256_update(struct sha256 *h, struct span in);
MUST_CHECK err_t sha256_final(struct sha256 *h, uint8_t out[HASH_LEN]); /* and ready for the next message */
MUST_CHECK err_t crypto_hmac(struct span key, struct span in, uint8_t out[HASH_LEN]); /* HMAC-SHA256, RFC 2104 */

/* --- derivation --- */
/* crypto_hkdf: HKDF-SHA256 (RFC 5869), n <= 8160. `info` starts with a label that is unique in docs/format.md. */
MUST_CHECK err_t crypto_hkdf(struct span ikm, struct span salt, struct span info, void *out, size_t n);
/* crypto_subkey: HKDF(key, no salt, label || context) -> a key of its own purpose. */
MUST_CHECK err_t crypto_subkey(const struct key *key, const char *label, struct span context, struct key *ret);
/* A keyed 64-bit hash (SipHash-2-4) for name records: not secret-revealing without the key. Thread-safe. */
struct namehash;
struct namehash *namehash_new(const uint8_t key[16]);
void namehash_freep(struct namehash **h);
MUST_CHECK err_t namehash_of(const struct namehash *h, struct span name, uint64_t *ret);
/* Argon2id version 1.3 (RFC 9106). */
struct kdf_params {
	uint32_t memory_kib, passes, lanes;
};
#define KDF_FLOOR_KIB (64u * 1024)
#define KDF_CEILING_KIB (4u * 1024 * 1024)
#define KDF_MAX_PASSES 64u
#define KDF_MAX_LANES 16u
/* kdf_check: ERR_LIMIT unless within floor and ceiling; called before anything is allocated. */
MUST_CHECK err_t kdf_check(const struct kdf_params *p);
MUST_CHECK err_t crypto_argon2id(const struct kdf_params *p, struct span pass, struct span salt, struct key *ret);
/* kdf_calibrate: parameters that take about `ms` milliseconds here (never under the floor, at most a quarter of RAM).
 */
MUST_CHECK err_t kdf_calibrate(unsigned ms, struct kdf_params *ret);

/* --- authenticated encryption --- */
enum cipher { CIPHER_AES256GCM = 1, CIPHER_CHACHA20POLY1305 = 2 };
/* cipher_best: AES-GCM where the processor has AES instructions, else ChaCha20-Poly1305. */
enum cipher cipher_best(void);
bool cipher_known(unsigned id);
/* aead: a keyed context, one thread at a time; wiped when freed. Nonces must never repeat under one key. */
struct aead;
struct aead *aead_new(enum cipher c, const struct key *key);
void aead_freep(struct aead **a);
/* aead_rekey: the same context under another key (saves the set-up of a fresh one). */
MUST_CHECK err_t aead_rekey(struct aead *a, const struct key *key);
/* aead_seal: out holds in.len bytes and may be in.p; the tag goes to `tag`. aead_open: ERR_DAMAGED unless it
 * authenticates. */
MUST_CHECK err_t aead_seal(struct aead *a, const uint8_t nonce[NONCE_LEN], struct span aad, struct span in, void *out,
                           uint8_t tag[TAG_LEN]);
MUST_CHECK err_t aead_open(struct aead *a, const uint8_t nonce[NONCE_LEN], struct span aad, struct span in,
                           const uint8_t tag[TAG_LEN], void *out);
/* A key-committing envelope for single objects: salt(32) commitment(32) ciphertext tag(16), where
 * encryption key || commitment = HKDF(key, salt, "cloudseal envelope" || aad): nonce 0 is safe since the key is fresh,
 * and no second key opens the same bytes (the HKDF commits). Overhead: ENVELOPE_LEN bytes. */
#define ENVELOPE_LEN (32 + 32 + TAG_LEN)
MUST_CHECK err_t envelope_seal(enum cipher c, const struct key *key, struct span aad, struct span in, struct buf *out);
/* envelope_open: appends the plaintext to `out`; ERR_WRONGKEY when the commitment does not match (wrong key, or another
 * place or purpose than the one sealed for), ERR_DAMAGED when only the body is bad. */
MUST_CHECK err_t envelope_open(enum cipher c, const struct key *key, struct span aad, struct span in, struct buf *out);

/* --- public keys --- */
/* Both pairs of a slot or device come from one 32-byte seed: HKDF(seed, "cloudseal sign") and "cloudseal box". */
struct public_keys {
	uint8_t sign[32]; /* Ed25519, RFC 8032 */
	uint8_t box[32];  /* X25519, RFC 7748 */
};
MUST_CHECK err_t keys_from_seed(const struct key *seed, struct public_keys *ret);
MUST_CHECK err_t crypto_sign(const struct key *seed, struct span msg, uint8_t sig[SIG_LEN]);
MUST_CHECK err_t crypto_verify(const uint8_t sign_key[32], struct span msg,
                               const uint8_t sig[SIG_LEN]); /* ERR_DAMAGED */
/* box_seal: to an X25519 key: ephemeral public key(32) || envelope under HKDF(shared, both public keys); aad bound. */
#define BOX_LEN (32 + ENVELOPE_LEN)
MUST_CHECK err_t box_seal(enum cipher c, const uint8_t box_key[32], struct span aad, struct span in, struct buf *out);
MUST_CHECK err_t box_open(enum cipher c, const struct key *seed, struct span aad, struct span in, struct buf *out);

/* --- multiset hash of the map (LtHash: Bellare-Micciancio 1997, Lewi et al. 2019) --- */
/* 1024 lanes of 16 bits; an element's lanes are AES-256-CTR output under SHA-256(element). Order of updates is
 * irrelevant. */
struct lthash {
	uint16_t lane[1024];
};
MUST_CHECK err_t lthash_add(struct lthash *h, struct span key, struct span value);
MUST_CHECK err_t lthash_remove(struct lthash *h, struct span key, struct span value);
MUST_CHECK err_t lthash_digest(const struct lthash *h, uint8_t out[HASH_LEN]);

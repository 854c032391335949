/* SPDX-License-Identifier: MIT
 * Authenticated encryption: AES-256-GCM (NIST SP 800-38D) and ChaCha20-Poly1305 (RFC 8439).
 */
#pragma once

#include "crypto/secret.h"
#include "util/buf.h"

#define TAG_LEN 16
#define NONCE_LEN 12

enum cipher { CIPHER_AES256GCM = 1, CIPHER_CHACHA20POLY1305 = 2 };
/* cipher_best: AES-GCM where the processor has AES instructions, else ChaCha20-Poly1305. */
enum cipher cipher_best(void);
/* cipher_known: one of enum cipher. */
bool cipher_known(unsigned id);
/* aead: a keyed context, one thread at a time; wiped when freed. Nonces must never repeat under one key.
 * aead_new: NULL: out of memory, or the library failed (logged). aead_freep: wipes; NULL is fine. */
struct aead;
struct aead *aead_new(enum cipher c, const struct key *key);
void aead_freep(struct aead **a);
/* aead_rekey: the same context under another key (saves the set-up of a fresh one). */
MUST_CHECK err_t aead_rekey(struct aead *a, const struct key *key);
/* aead_seal: out holds in.len bytes and may be in.p; the tag goes to `tag`. */
MUST_CHECK err_t aead_seal(struct aead *a, const uint8_t nonce[NONCE_LEN], struct span aad, struct span in, void *out,
                           uint8_t tag[TAG_LEN]);
/* aead_open: the reverse; ERR_DAMAGED unless it authenticates, and then `out` is zeroed. */
MUST_CHECK err_t aead_open(struct aead *a, const uint8_t nonce[NONCE_LEN], struct span aad, struct span in,
                           const uint8_t tag[TAG_LEN], void *out);

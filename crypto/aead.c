/* SPDX-License-Identifier: MIT
 * AEAD over one EVP context: re-keying and a new nonce cost no look-up and no
 * allocation. OpenSSL wipes the key schedule when the context is freed.
 */
#include "crypto/aead.h"

#include "crypto/cipher.h"
#include "crypto/failure.h"
#include "util/cleanup.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <string.h>
#if defined(__aarch64__)
#include <sys/auxv.h>
#include <asm/hwcap.h>
#endif

struct aead {
	EVP_CIPHER_CTX *ctx;
};

enum cipher cipher_best(void)
{
#if defined(__x86_64__) || defined(__i386__)
	bool fast = __builtin_cpu_supports("aes") && __builtin_cpu_supports("pclmul");
#elif defined(__aarch64__)
	unsigned long caps = getauxval(AT_HWCAP);
	bool fast = (caps & HWCAP_AES) && (caps & HWCAP_PMULL);
#else
	bool fast = false;
#endif
	return fast ? CIPHER_AES256GCM : CIPHER_CHACHA20POLY1305;
}

bool cipher_known(unsigned id)
{
	return id == CIPHER_AES256GCM || id == CIPHER_CHACHA20POLY1305;
}

void aead_freep(struct aead **a)
{
	if (*a)
		EVP_CIPHER_CTX_free((*a)->ctx);
	free(steal_ptr(*a));
}

struct aead *aead_new(enum cipher c, const struct key *key)
{
	if (!cipher_known(c))
		return NULL;
	cleanup(aead_freep) struct aead *a = calloc(1, sizeof(*a));
	if (!a)
		return NULL;
	const EVP_CIPHER *cipher = cipher_fetched(c == CIPHER_AES256GCM ? FETCHED_GCM : FETCHED_CHACHA);
	a->ctx = EVP_CIPHER_CTX_new();
	if (!cipher || !a->ctx || !EVP_EncryptInit_ex2(a->ctx, cipher, key->b, NULL, NULL)) {
		(void)crypto_failed("setting up an AEAD");
		return NULL;
	}
	return steal_ptr(a);
}

err_t aead_rekey(struct aead *a, const struct key *key)
{
	return EVP_EncryptInit_ex2(a->ctx, NULL, key->b, NULL, NULL) ? ERR_OK : crypto_failed("setting an AEAD key");
}

/* run: nonce, associated data and text through the context, up to the final step. */
static bool run(struct aead *a, bool sealing, const uint8_t nonce[NONCE_LEN], struct span aad, struct span in,
                void *out)
{
	int n;
	if (in.len > INT_MAX || aad.len > INT_MAX || !EVP_CipherInit_ex2(a->ctx, NULL, NULL, nonce, sealing, NULL))
		return false;
	if (aad.len && !EVP_CipherUpdate(a->ctx, NULL, &n, aad.p, (int)aad.len))
		return false;
	return !in.len || (EVP_CipherUpdate(a->ctx, out, &n, in.p, (int)in.len) && n == (int)in.len);
}

err_t aead_seal(struct aead *a, const uint8_t nonce[NONCE_LEN], struct span aad, struct span in, void *out,
                uint8_t tag[TAG_LEN])
{
	uint8_t rest[32];
	int n;
	if (run(a, true, nonce, aad, in, out) && EVP_EncryptFinal_ex(a->ctx, rest, &n) && n == 0 &&
	    EVP_CIPHER_CTX_ctrl(a->ctx, EVP_CTRL_AEAD_GET_TAG, TAG_LEN, tag))
		return ERR_OK;
	crypto_wipe(out, in.len);
	memset(tag, 0, TAG_LEN);
	return crypto_failed("AEAD sealing");
}

err_t aead_open(struct aead *a, const uint8_t nonce[NONCE_LEN], struct span aad, struct span in,
                const uint8_t tag[TAG_LEN], void *out)
{
	uint8_t rest[32], want[TAG_LEN]; /* a copy: the library takes the tag as non-const */
	int n;
	memcpy(want, tag, TAG_LEN);
	if (!run(a, false, nonce, aad, in, out) || !EVP_CIPHER_CTX_ctrl(a->ctx, EVP_CTRL_AEAD_SET_TAG, TAG_LEN, want)) {
		crypto_wipe(out, in.len);
		return crypto_failed("AEAD opening");
	}
	if (EVP_DecryptFinal_ex(a->ctx, rest, &n) > 0 && n == 0)
		return ERR_OK;
	crypto_wipe(out, in.len);
	ERR_clear_error();
	return ERR_DAMAGED;
}

/* SPDX-License-Identifier: MIT
 * LtHash over 1024 lanes of 16 bits. An element is key length(4, little-endian) key value; the length keeps pairs with
 * equal concatenation apart.
 */
#include "crypto/lthash.h"

#include "crypto/failure.h"
#include "util/cleanup.h"

#include <openssl/evp.h>
#include <string.h>

#define LANES ARRAY_LEN(((struct lthash *)NULL)->lane)

static void cipher_ctx_freep(EVP_CIPHER_CTX **c)
{
	EVP_CIPHER_CTX_free(*c);
}

static err_t seed_of(struct span key, struct span value, struct hash *out)
{
	uint8_t head[4] = { (uint8_t)key.len, (uint8_t)(key.len >> 8), (uint8_t)(key.len >> 16),
		            (uint8_t)(key.len >> 24) };
	cleanup(sha256_freep) struct sha256 *h = sha256_new();
	if (!h)
		return ERR_NOMEM;
	err_t e = sha256_update(h, SPAN(head, sizeof(head)));
	if (!e)
		e = sha256_update(h, key);
	if (!e)
		e = sha256_update(h, value);
	return e ? e : sha256_final(h, out);
}

static err_t lanes_of(struct span key, struct span value, uint8_t out[2 * LANES])
{
	static const uint8_t iv[16];
	struct hash seed;
	int n = 0;
	err_t e = seed_of(key, value, &seed);
	if (e)
		return e;
	cleanup(cipher_ctx_freep) EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	memset(out, 0, 2 * LANES);
	if (!c || !EVP_EncryptInit_ex2(c, EVP_aes_256_ctr(), seed.b, iv, NULL) ||
	    !EVP_EncryptUpdate(c, out, &n, out, 2 * LANES) || n != 2 * LANES)
		return crypto_failed("LtHash");
	return ERR_OK;
}

static err_t apply(struct lthash *h, struct span key, struct span value, bool add)
{
	uint8_t b[2 * LANES];
	err_t e = lanes_of(key, value, b);
	if (e)
		return e;
	for (size_t i = 0; i < LANES; i++) {
		uint16_t v = (uint16_t)(b[2 * i] | b[2 * i + 1] << 8);
		h->lane[i] = (uint16_t)(add ? h->lane[i] + v : h->lane[i] - v);
	}
	return ERR_OK;
}

err_t lthash_add(struct lthash *h, struct span key, struct span value)
{
	return apply(h, key, value, true);
}

err_t lthash_remove(struct lthash *h, struct span key, struct span value)
{
	return apply(h, key, value, false);
}

err_t lthash_digest(const struct lthash *h, struct hash *out)
{
	uint8_t b[2 * LANES];
	for (size_t i = 0; i < LANES; i++) {
		b[2 * i] = (uint8_t)h->lane[i];
		b[2 * i + 1] = (uint8_t)(h->lane[i] >> 8);
	}
	return crypto_sha256(SPAN(b, sizeof(b)), out);
}

/* SPDX-License-Identifier: MIT
 * LtHash over 1024 lanes of 16 bits. An element is key length(4, little-endian) key value; the length keeps pairs with
 * equal concatenation apart.
 */
#include "crypto/lthash.h"

#include "crypto/cipher.h"
#include "crypto/failure.h"
#include "util/cleanup.h"

#include <endian.h>
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

/* lanes_of: little-endian. */
static err_t lanes_of(struct span key, struct span value, uint16_t out[LANES])
{
	static const uint8_t iv[16];
	const size_t size = LANES * sizeof(*out);
	struct hash seed;
	int n = 0;
	err_t e = seed_of(key, value, &seed);
	if (e)
		return e;
	const EVP_CIPHER *aes = cipher_fetched(FETCHED_CTR);
	cleanup(cipher_ctx_freep) EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	memset(out, 0, size);
	if (!aes || !c || !EVP_EncryptInit_ex2(c, aes, seed.b, iv, NULL))
		return crypto_failed("LtHash");
	if (!EVP_EncryptUpdate(c, (uint8_t *)out, &n, (const uint8_t *)out, (int)size) || (size_t)n != size)
		return crypto_failed("LtHash");
	return ERR_OK;
}

static err_t apply(struct lthash *h, struct span key, struct span value, bool add)
{
	uint16_t lane[LANES];
	const unsigned negate = add ? 0 : UINT16_MAX; /* -v is ~v + 1; without a branch the loop is of vectors */
	err_t e = lanes_of(key, value, lane);
	if (e)
		return e;
	for (size_t i = 0; i < LANES; i++)
		h->lane[i] = (uint16_t)(h->lane[i] + (le16toh(lane[i]) ^ negate) + (negate & 1));
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
	uint16_t le[LANES];
	for (size_t i = 0; i < LANES; i++)
		le[i] = htole16(h->lane[i]);
	return crypto_sha256(SPAN(le, sizeof(le)), out);
}

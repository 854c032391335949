/* SPDX-License-Identifier: MIT
 * SipHash-2-4 of names. The keyed context is made once and never changed; each call works on a copy, so threads share
 * it.
 */
#include "crypto/namehash.h"

#include "crypto/failure.h"
#include "util/cleanup.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>

struct namehash {
	EVP_MAC_CTX *keyed; /* constant after namehash_new */
};

static void mac_ctx_freep(EVP_MAC_CTX **c)
{
	EVP_MAC_CTX_free(*c);
}

void namehash_freep(struct namehash **h)
{
	if (*h)
		EVP_MAC_CTX_free((*h)->keyed);
	free(steal_ptr(*h));
}

struct namehash *namehash_new(const uint8_t key[16])
{
	size_t size = 8;
	OSSL_PARAM params[] = { OSSL_PARAM_construct_size_t(OSSL_MAC_PARAM_SIZE, &size), OSSL_PARAM_construct_end() };
	cleanup(namehash_freep) struct namehash *h = calloc(1, sizeof(*h));
	if (!h)
		return NULL;
	EVP_MAC *mac = EVP_MAC_fetch(NULL, OSSL_MAC_NAME_SIPHASH, NULL);
	h->keyed = mac ? EVP_MAC_CTX_new(mac) : NULL;
	EVP_MAC_free(mac);
	if (!h->keyed || !EVP_MAC_init(h->keyed, key, 16, params)) {
		(void)crypto_failed("SipHash");
		return NULL;
	}
	return steal_ptr(h);
}

err_t namehash_of(const struct namehash *h, struct span name, uint64_t *ret)
{
	uint8_t out[8];
	size_t n = 0;
	*ret = 0;
	cleanup(mac_ctx_freep) EVP_MAC_CTX *c = EVP_MAC_CTX_dup(h->keyed);
	if (!c || !EVP_MAC_update(c, name.len ? name.p : out, name.len) || !EVP_MAC_final(c, out, &n, sizeof(out)) ||
	    n != sizeof(out))
		return crypto_failed("SipHash");
	uint64_t v = 0;
	for (size_t i = 0; i < sizeof(out); i++)
		v |= (uint64_t)out[i] << (8 * i);
	*ret = v;
	return ERR_OK;
}

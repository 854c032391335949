/* SPDX-License-Identifier: MIT */
#include "crypto/cipher.h"

#include "util/process.h"

_Static_assert(FETCHED_CTR < PROCESS_KEPT, "a place for each");

const EVP_CIPHER *cipher_fetched(enum fetched which)
{
	static const char *const name[] = { "AES-256-GCM", "ChaCha20-Poly1305", "AES-256-CTR" };
	_Atomic(void *) *at = process_kept(which);
	void *there = atomic_load_explicit(at, memory_order_acquire);
	if (there)
		return there;
	EVP_CIPHER *c = EVP_CIPHER_fetch(NULL, name[which], NULL);
	if (!c || atomic_compare_exchange_strong(at, &there, c))
		return c;
	EVP_CIPHER_free(c); /* another thread was first */
	return there;
}

/* SPDX-License-Identifier: MIT
 * SHA-256, HMAC and HKDF on OpenSSL's plain SHA256_* functions: no look-up of an algorithm, no allocation, no lock. A
 * block key is derived for every block and small file, and the EVP forms cost several times the hashing itself
 * (measured in crypto/README.md). Every context that saw a key is wiped.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "crypto/hash.h"

#include "crypto/failure.h"
#include "util/cleanup.h"

#include <openssl/sha.h>
#include <string.h>

#define SHA256_BLOCK 64

struct sha256 {
	SHA256_CTX ctx;
};

static void ctx_wipe(SHA256_CTX *c)
{
	crypto_wipe(c, sizeof(*c));
}

static bool feed(SHA256_CTX *c, struct span s)
{
	return s.len == 0 || SHA256_Update(c, s.p, s.len);
}

err_t crypto_sha256(struct span in, struct hash *out)
{
	cleanup(ctx_wipe) SHA256_CTX c;
	if (SHA256_Init(&c) && feed(&c, in) && SHA256_Final(out->b, &c))
		return ERR_OK;
	*out = HASH_ZERO;
	return crypto_failed("SHA-256");
}

struct sha256 *sha256_new(void)
{
	struct sha256 *h = malloc(sizeof(*h));
	if (h && !SHA256_Init(&h->ctx)) {
		free(h);
		return NULL;
	}
	return h;
}

void sha256_freep(struct sha256 **h)
{
	if (*h)
		ctx_wipe(&(*h)->ctx);
	free(steal_ptr(*h));
}

err_t sha256_update(struct sha256 *h, struct span in)
{
	return feed(&h->ctx, in) ? ERR_OK : crypto_failed("SHA-256");
}

err_t sha256_final(struct sha256 *h, struct hash *out)
{
	if (SHA256_Final(out->b, &h->ctx) && SHA256_Init(&h->ctx))
		return ERR_OK;
	*out = HASH_ZERO;
	return crypto_failed("SHA-256");
}

/* A keyed HMAC before its message: both halves have eaten their block of padded key. */
struct hmac {
	SHA256_CTX inner, outer;
};

static void hmac_wipe(struct hmac *m)
{
	crypto_wipe(m, sizeof(*m));
}

struct pad {
	uint8_t b[SHA256_BLOCK];
};

static void pad_wipe(struct pad *p)
{
	crypto_wipe(p, sizeof(*p));
}

static bool hmac_init(struct hmac *m, struct span key)
{
	cleanup(pad_wipe) struct pad pad = { 0 };
	if (key.len > SHA256_BLOCK) {
		if (!SHA256_Init(&m->inner) || !feed(&m->inner, key) || !SHA256_Final(pad.b, &m->inner))
			return false;
	} else if (key.len) {
		memcpy(pad.b, key.p, key.len);
	}
	for (size_t i = 0; i < SHA256_BLOCK; i++)
		pad.b[i] ^= 0x36;
	if (!SHA256_Init(&m->inner) || !SHA256_Update(&m->inner, pad.b, SHA256_BLOCK))
		return false;
	for (size_t i = 0; i < SHA256_BLOCK; i++)
		pad.b[i] ^= 0x36 ^ 0x5c;
	return SHA256_Init(&m->outer) && SHA256_Update(&m->outer, pad.b, SHA256_BLOCK);
}

/* hmac_of: the MAC of a || b || c under the prepared key, which stays ready for the next message. */
static bool hmac_of(const struct hmac *m, struct span a, struct span b, struct span c, uint8_t out[HASH_LEN])
{
	cleanup(hmac_wipe) struct hmac t = *m;
	return feed(&t.inner, a) && feed(&t.inner, b) && feed(&t.inner, c) && SHA256_Final(out, &t.inner) &&
	       SHA256_Update(&t.outer, out, HASH_LEN) && SHA256_Final(out, &t.outer);
}

err_t crypto_hmac(struct span key, struct span in, uint8_t out[HASH_LEN])
{
	cleanup(hmac_wipe) struct hmac m;
	struct span none = { NULL, 0 };
	if (hmac_init(&m, key) && hmac_of(&m, in, none, none, out))
		return ERR_OK;
	crypto_wipe(out, HASH_LEN);
	return crypto_failed("HMAC");
}

static bool hkdf_expand(const struct hmac *prk, struct span info, uint8_t *out, size_t n)
{
	cleanup(key_wipe) struct key t;
	size_t done = 0, have = 0;
	for (uint8_t i = 1; done < n; i++) {
		if (!hmac_of(prk, SPAN(t.b, have), info, SPAN(&i, 1), t.b))
			return false;
		have = HASH_LEN;
		size_t take = MIN(n - done, (size_t)HASH_LEN);
		memcpy(out + done, t.b, take);
		done += take;
	}
	return true;
}

err_t crypto_hkdf(struct span ikm, struct span salt, struct span info, void *out, size_t n)
{
	cleanup(hmac_wipe) struct hmac m;
	cleanup(key_wipe) struct key prk;
	struct span none = { NULL, 0 };
	if (n > 255 * HASH_LEN) {
		crypto_wipe(out, n);
		return ERR_INVAL;
	}
	if (hmac_init(&m, salt) && hmac_of(&m, ikm, none, none, prk.b) && hmac_init(&m, SPAN(prk.b, HASH_LEN)) &&
	    hkdf_expand(&m, info, out, n))
		return ERR_OK;
	crypto_wipe(out, n);
	return crypto_failed("HKDF");
}

err_t crypto_subkey(const struct key *key, const char *label, struct span context, struct key *ret)
{
	uint8_t info[256];
	size_t n = strlen(label);
	if (n + context.len > sizeof(info)) {
		key_wipe(ret);
		return ERR_INVAL;
	}
	memcpy(info, label, n);
	if (context.len)
		memcpy(info + n, context.p, context.len);
	return crypto_hkdf(SPAN(key->b, sizeof(key->b)), SPAN(NULL, 0), SPAN(info, n + context.len), ret->b,
	                   sizeof(ret->b));
}

/* SPDX-License-Identifier: MIT
 * Key pairs and signatures as the simulator has them (host_wrap.c). A key that was made is kept: making it of its bytes
 * is most of what a signature costs. A signature is a hash over the public key and the message: it breaks when a byte
 * changes, as a real one does. Nobody forges here. So of a key pair that only signs the public key can be a hash, too
 * (host_keys_hashed): making a real one was a twentieth of a world's time.
 */
#include "crypto/hash.h"
#include "crypto/public.h"
#include "tests/sim/host.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#pragma GCC diagnostic ignored "-Wmissing-prototypes" /* the linker calls them */

#define KEYS_MAX 256
#define RAW_LEN 32

struct made {
	const char *kind;
	bool private;
	uint8_t raw[RAW_LEN], public[RAW_LEN];
	EVP_PKEY *key;
};
static struct made made[KEYS_MAX];
static size_t made_n, made_next;
static bool hashed;

void host_keys_hashed(bool yes)
{
	hashed = yes;
}

/* --- keys --- */
typedef EVP_PKEY *make_fn(OSSL_LIB_CTX *, const char *, const char *, const unsigned char *, size_t);
make_fn __real_EVP_PKEY_new_raw_private_key_ex, __real_EVP_PKEY_new_raw_public_key_ex;
int __real_EVP_PKEY_get_raw_public_key(const EVP_PKEY *, unsigned char *, size_t *);

static const struct made *find(bool private, const char *kind, const unsigned char *raw)
{
	for (size_t i = 0; i < made_n; i++)
		if (made[i].private == private && !memcmp(made[i].raw, raw, RAW_LEN) && !strcmp(made[i].kind, kind))
			return &made[i];
	return NULL;
}

static void make_real(struct made *m, make_fn *real)
{
	size_t n = RAW_LEN;
	m->key = real(NULL, m->kind, NULL, m->raw, RAW_LEN);
	if (!m->key || __real_EVP_PKEY_get_raw_public_key(m->key, m->public, &n) != 1)
		abort();
}

/* make_hashed: the key itself is an empty one, to be known by. */
static void make_hashed(struct made *m)
{
	struct hash h;
	if (crypto_sha256(SPAN(m->raw, RAW_LEN), &h))
		abort();
	memcpy(m->public, m->private ? h.b : m->raw, RAW_LEN);
	m->key = EVP_PKEY_new();
	if (!m->key)
		abort();
}

/* make: in the place of an older one once the table is full: each box has a key pair of its own. */
static const struct made *make(make_fn *real, bool private, const char *kind, const unsigned char *raw)
{
	struct made m = { .kind = kind, .private = private };
	memcpy(m.raw, raw, RAW_LEN);
	if (hashed && !strcmp(kind, "ED25519"))
		make_hashed(&m);
	else
		make_real(&m, real);
	struct made *at = &made[made_next];
	made_next = (made_next + 1) % KEYS_MAX;
	made_n = made_n < KEYS_MAX ? made_n + 1 : KEYS_MAX;
	EVP_PKEY_free(at->key);
	*at = m;
	return at;
}

static EVP_PKEY *key_of(make_fn *real, bool private, const char *kind, const unsigned char *raw)
{
	const struct made *m = find(private, kind, raw);
	if (!m)
		m = make(real, private, kind, raw);
	return EVP_PKEY_up_ref(m->key) ? m->key : NULL;
}

EVP_PKEY *__wrap_EVP_PKEY_new_raw_private_key_ex(OSSL_LIB_CTX *lib, const char *kind, const char *query,
                                                 const unsigned char *raw, size_t n)
{
	(void)lib, (void)query, (void)n;
	return key_of(__real_EVP_PKEY_new_raw_private_key_ex, true, kind, raw);
}

EVP_PKEY *__wrap_EVP_PKEY_new_raw_public_key_ex(OSSL_LIB_CTX *lib, const char *kind, const char *query,
                                                const unsigned char *raw, size_t n)
{
	(void)lib, (void)query, (void)n;
	return key_of(__real_EVP_PKEY_new_raw_public_key_ex, false, kind, raw);
}

static const struct made *made_of(const EVP_PKEY *key)
{
	for (size_t i = 0; i < made_n; i++)
		if (made[i].key == key)
			return &made[i];
	return NULL;
}

int __wrap_EVP_PKEY_get_raw_public_key(const EVP_PKEY *key, unsigned char *ret, size_t *n)
{
	const struct made *m = made_of(key);
	if (!m || *n < RAW_LEN)
		return 0;
	memcpy(ret, m->public, RAW_LEN);
	*n = RAW_LEN;
	return 1;
}

/* --- signatures --- */

/* The key of the signature that is begun: it is made, or looked at, at once, and there is one thread. */
static const EVP_PKEY *under;

static bool signature(struct span msg, uint8_t sig[SIG_LEN])
{
	struct {
		uint8_t public[RAW_LEN];
		struct hash msg;
	} both;
	struct hash h;
	const struct made *m = made_of(under);
	under = NULL;
	if (!m)
		return false;
	memcpy(both.public, m->public, RAW_LEN);
	if (crypto_sha256(msg, &both.msg) || crypto_sha256(SPAN(&both, sizeof(both)), &h))
		return false;
	memcpy(sig, &h, sizeof(h));
	memcpy(sig + sizeof(h), both.public, SIG_LEN - sizeof(h));
	return true;
}

/* Looking up how a key signs is most of what is left. The last parameter, which nobody gives, is not declared: who
 * calls a function clears up. */
int __wrap_EVP_DigestSignInit_ex(EVP_MD_CTX *c, EVP_PKEY_CTX **ret, const char *hash, OSSL_LIB_CTX *lib,
                                 const char *query, EVP_PKEY *key)
{
	(void)c, (void)ret, (void)hash, (void)lib, (void)query;
	under = key;
	return 1;
}

int __wrap_EVP_DigestVerifyInit_ex(EVP_MD_CTX *c, EVP_PKEY_CTX **ret, const char *hash, OSSL_LIB_CTX *lib,
                                   const char *query, EVP_PKEY *key)
{
	return __wrap_EVP_DigestSignInit_ex(c, ret, hash, lib, query, key);
}

int __wrap_EVP_DigestSign(EVP_MD_CTX *c, unsigned char *sig, size_t *n, const unsigned char *msg, size_t len)
{
	(void)c;
	*n = SIG_LEN;
	return signature(SPAN(msg, len), sig);
}

int __wrap_EVP_DigestVerify(EVP_MD_CTX *c, const unsigned char *sig, size_t n, const unsigned char *msg, size_t len)
{
	uint8_t right[SIG_LEN];
	(void)c;
	return n == SIG_LEN && signature(SPAN(msg, len), right) && !memcmp(sig, right, SIG_LEN);
}

/* SPDX-License-Identifier: MIT
 * Ed25519 signatures and X25519. The private keys of both kinds are derived from one seed and live only inside the call
 * that needs them.
 */
#include "crypto/public.h"

#include "crypto/failure.h"
#include "crypto/hash.h"
#include "util/cleanup.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <string.h>

static void pkey_freep(EVP_PKEY **k)
{
	EVP_PKEY_free(*k);
}

static void pkey_ctx_freep(EVP_PKEY_CTX **c)
{
	EVP_PKEY_CTX_free(*c);
}

static void md_ctx_freep(EVP_MD_CTX **c)
{
	EVP_MD_CTX_free(*c);
}

static err_t public_of(const char *kind, const struct key *raw, uint8_t out[32])
{
	size_t n = 32;
	cleanup(pkey_freep) EVP_PKEY *k = EVP_PKEY_new_raw_private_key_ex(NULL, kind, NULL, raw->b, 32);
	if (k && EVP_PKEY_get_raw_public_key(k, out, &n) && n == 32)
		return ERR_OK;
	memset(out, 0, 32);
	return crypto_failed("making a public key");
}

err_t ed25519_public(const struct key *raw, uint8_t out[32])
{
	return public_of("ED25519", raw, out);
}

err_t ed25519_sign(const struct key *raw, struct span msg, uint8_t sig[SIG_LEN])
{
	size_t n = SIG_LEN;
	cleanup(pkey_freep) EVP_PKEY *k = EVP_PKEY_new_raw_private_key_ex(NULL, "ED25519", NULL, raw->b, 32);
	cleanup(md_ctx_freep) EVP_MD_CTX *c = EVP_MD_CTX_new();
	if (k && c && EVP_DigestSignInit_ex(c, NULL, NULL, NULL, NULL, k, NULL) &&
	    EVP_DigestSign(c, sig, &n, msg.p, msg.len) && n == SIG_LEN)
		return ERR_OK;
	memset(sig, 0, SIG_LEN);
	return crypto_failed("Ed25519 signing");
}

err_t crypto_verify(const uint8_t sign_key[32], struct span msg, const uint8_t sig[SIG_LEN])
{
	cleanup(pkey_freep) EVP_PKEY *k = EVP_PKEY_new_raw_public_key_ex(NULL, "ED25519", NULL, sign_key, 32);
	cleanup(md_ctx_freep) EVP_MD_CTX *c = EVP_MD_CTX_new();
	if (!k || !c || !EVP_DigestVerifyInit_ex(c, NULL, NULL, NULL, NULL, k, NULL))
		return crypto_failed("Ed25519 verifying");
	if (EVP_DigestVerify(c, sig, SIG_LEN, msg.p, msg.len) == 1)
		return ERR_OK;
	ERR_clear_error();
	return ERR_DAMAGED;
}

/* exchange: ERR_DAMAGED for a peer key of small order, which the library refuses. */
static err_t exchange(const struct key *raw, const uint8_t peer[32], uint8_t out[32])
{
	size_t n = 32;
	cleanup(pkey_freep) EVP_PKEY *k = EVP_PKEY_new_raw_private_key_ex(NULL, "X25519", NULL, raw->b, 32);
	cleanup(pkey_freep) EVP_PKEY *p = EVP_PKEY_new_raw_public_key_ex(NULL, "X25519", NULL, peer, 32);
	cleanup(pkey_ctx_freep) EVP_PKEY_CTX *c = k ? EVP_PKEY_CTX_new_from_pkey(NULL, k, NULL) : NULL;
	if (!p || !c || EVP_PKEY_derive_init(c) <= 0 || EVP_PKEY_derive_set_peer(c, p) <= 0)
		return crypto_failed("X25519");
	if (EVP_PKEY_derive(c, out, &n) > 0 && n == 32)
		return ERR_OK;
	ERR_clear_error();
	return ERR_DAMAGED;
}

err_t x25519(const struct key *raw, const uint8_t *peer, uint8_t out[32])
{
	err_t e = peer ? exchange(raw, peer, out) : public_of("X25519", raw, out);
	if (e)
		crypto_wipe(out, 32);
	return e;
}

static err_t sign_raw(const struct key *seed, struct key *ret)
{
	return crypto_subkey(seed, "cloudseal sign", SPAN(NULL, 0), ret);
}

static err_t box_raw(const struct key *seed, struct key *ret)
{
	return crypto_subkey(seed, "cloudseal box", SPAN(NULL, 0), ret);
}

err_t keys_from_seed(const struct key *seed, struct public_keys *ret)
{
	cleanup(key_wipe) struct key raw = { 0 };
	err_t e = sign_raw(seed, &raw);
	if (!e)
		e = ed25519_public(&raw, ret->sign);
	if (!e)
		e = box_raw(seed, &raw);
	if (!e)
		e = x25519(&raw, NULL, ret->box);
	if (e)
		memset(ret, 0, sizeof(*ret));
	return e;
}

err_t crypto_sign(const struct key *seed, struct span msg, uint8_t sig[SIG_LEN])
{
	cleanup(key_wipe) struct key raw = { 0 };
	memset(sig, 0, SIG_LEN);
	err_t e = sign_raw(seed, &raw);
	return e ? e : ed25519_sign(&raw, msg, sig);
}

/* SPDX-License-Identifier: MIT
 * Ed25519 signatures and boxes to X25519 keys. The private keys of both kinds are derived from one seed and live only
 * inside the call that needs them.
 */
#include "crypto/public.h"

#include "crypto/failure.h"
#include "crypto/hash.h"
#include "crypto/random.h"
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

/* box_key_of: the envelope's key: the shared secret, bound to both public keys. */
static err_t box_key_of(const struct key *raw, const uint8_t peer[32], const uint8_t ephemeral[32],
                        const uint8_t receiver[32], struct key *ret)
{
	uint8_t both[64];
	cleanup(key_wipe) struct key shared = { 0 };
	memcpy(both, ephemeral, 32);
	memcpy(both + 32, receiver, 32);
	err_t e = x25519(raw, peer, shared.b);
	return e ? e : crypto_subkey(&shared, "cloudseal sealed box", SPAN(both, sizeof(both)), ret);
}

err_t box_seal(enum cipher c, const uint8_t box_key[32], struct span aad, struct span in, struct buf *out)
{
	cleanup(key_wipe) struct key raw = { 0 }, k = { 0 };
	uint8_t ephemeral[32];
	size_t before = out->len;
	err_t e = crypto_random(raw.b, sizeof(raw.b));
	if (!e)
		e = x25519(&raw, NULL, ephemeral);
	if (!e)
		e = box_key_of(&raw, box_key, ephemeral, box_key, &k);
	if (e)
		return e;
	buf_put(out, ephemeral, sizeof(ephemeral));
	e = buf_ok(out);
	if (!e)
		e = envelope_seal(c, &k, aad, in, out);
	if (e)
		out->len = before;
	return e;
}

err_t box_open(enum cipher c, const struct key *seed, struct span aad, struct span in, struct buf *out)
{
	cleanup(key_wipe) struct key raw = { 0 }, k = { 0 };
	uint8_t receiver[32];
	const uint8_t *at = in.p;
	if (in.len < BOX_LEN)
		return ERR_DAMAGED;
	err_t e = box_raw(seed, &raw);
	if (!e)
		e = x25519(&raw, NULL, receiver);
	if (!e)
		e = box_key_of(&raw, at, at, receiver, &k);
	return e ? e : envelope_open(c, &k, aad, SPAN(at + 32, in.len - 32), out);
}

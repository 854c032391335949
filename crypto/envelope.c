/* SPDX-License-Identifier: MIT
 * The key-committing envelope: salt(32) commitment(32) ciphertext tag(16). Place and purpose (aad) go into the
 * derivation, so a wrong key and a wrong place look alike, and both are told apart from a damaged body.
 */
#include "crypto/envelope.h"

#include "crypto/hash.h"
#include "crypto/random.h"
#include "util/cleanup.h"

#include <string.h>

#define SALT_LEN ENVELOPE_SALT

struct envelope_keys {
	struct key encrypt;
	uint8_t commitment[32];
};

static void envelope_keys_wipe(struct envelope_keys *k)
{
	crypto_wipe(k, sizeof(*k));
}

static err_t derive(const struct key *key, const uint8_t salt[SALT_LEN], struct span aad, struct envelope_keys *ret)
{
	cleanup(buf_free) struct buf info = BUF_INIT;
	struct span label = span_str("cloudseal envelope");
	buf_put(&info, label.p, label.len);
	buf_put(&info, aad.p, aad.len);
	err_t e = buf_ok(&info);
	return e ? e : crypto_hkdf(SPAN(key->b, 32), SPAN(salt, SALT_LEN), buf_span(&info), ret, sizeof(*ret));
}

/* seal_at: behind the salt, which is there. */
static err_t seal_at(enum cipher c, const struct key *key, struct span aad, struct span in, uint8_t *at)
{
	static const uint8_t nonce[NONCE_LEN];
	cleanup(envelope_keys_wipe) struct envelope_keys k = { 0 };
	uint8_t *text = at + SALT_LEN + sizeof(k.commitment);
	err_t e = derive(key, at, aad, &k);
	if (e)
		return e;
	cleanup(aead_freep) struct aead *a = aead_new(c, &k.encrypt);
	if (!a)
		return ERR_CRYPTO;
	memcpy(at + SALT_LEN, k.commitment, sizeof(k.commitment));
	return aead_seal(a, nonce, SPAN(NULL, 0), in, text, text + in.len);
}

err_t envelope_seal(enum cipher c, const struct key *key, struct span aad, struct span in, struct buf *out)
{
	uint8_t salt[ENVELOPE_SALT];
	err_t e = crypto_random(salt, sizeof(salt));
	return e ? e : envelope_seal_salted(c, &(struct envelope_by){ key, salt }, aad, in, out);
}

err_t envelope_seal_salted(enum cipher c, const struct envelope_by *by, struct span aad, struct span in,
                           struct buf *out)
{
	size_t before = out->len;
	if (in.len > SIZE_MAX / 4)
		return ERR_LIMIT;
	uint8_t *at = buf_extend(out, ENVELOPE_LEN + in.len);
	if (!at)
		return ERR_NOMEM;
	memcpy(at, by->salt, SALT_LEN);
	err_t e = seal_at(c, by->key, aad, in, at);
	if (e) {
		crypto_wipe(at, ENVELOPE_LEN + in.len);
		out->len = before;
	}
	return e;
}

err_t envelope_open(enum cipher c, const struct key *key, struct span aad, struct span in, struct buf *out)
{
	static const uint8_t nonce[NONCE_LEN];
	cleanup(envelope_keys_wipe) struct envelope_keys k = { 0 };
	const uint8_t *at = in.p;
	if (in.len < ENVELOPE_LEN)
		return ERR_DAMAGED;
	size_t n = in.len - ENVELOPE_LEN, before = out->len;
	err_t e = derive(key, at, aad, &k);
	if (e)
		return e;
	if (!crypto_equal(k.commitment, at + SALT_LEN, sizeof(k.commitment)))
		return ERR_WRONGKEY;
	cleanup(aead_freep) struct aead *a = aead_new(c, &k.encrypt);
	if (!a)
		return ERR_CRYPTO;
	if (!buf_reserve(out, n + 1)) /* never a null pointer, also for an empty text */
		return ERR_NOMEM;
	uint8_t *plain = buf_extend(out, n);
	const uint8_t *text = at + SALT_LEN + sizeof(k.commitment);
	e = aead_open(a, nonce, SPAN(NULL, 0), SPAN(text, n), text + n, plain);
	if (e)
		out->len = before;
	return e;
}

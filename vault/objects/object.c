/* SPDX-License-Identifier: MIT
 * Sealing and opening of objects. Order on opening: authenticate the envelope, check the frame, verify the signature.
 */
#include "vault/objects/object.h"

#include "util/cleanup.h"
#include "util/padme.h"
#include "vault/objects/frame.h"

#include <string.h>

#define OBJECT_LABEL "cloudseal object"
#define HASH_LABEL "cloudseal object hash"
#define SIGN_LABEL "cloudseal object signature"

/* object_aad: what an object is bound to: vault, type, epoch, name. */
static err_t object_aad(const struct object_place *at, struct buf *out)
{
	if (strlen(at->name) != OBJECT_NAME - 1)
		return ERR_INVAL;
	buf_put(out, OBJECT_LABEL, sizeof(OBJECT_LABEL) - 1);
	buf_id(out, keyring_vault(at->keyring));
	buf_u8(out, (uint8_t)at->type);
	buf_u32(out, at->epoch);
	buf_put(out, at->name, OBJECT_NAME - 1);
	return buf_ok(out);
}

/* object_hash: identity of the contents, independent of the name: a copy put under another name keeps it. */
static err_t object_hash(const struct object_place *at, struct span plain, struct hash *out)
{
	cleanup(sha256_freep) struct sha256 *h = sha256_new();
	cleanup(buf_free) struct buf head = BUF_INIT;
	buf_put(&head, HASH_LABEL, sizeof(HASH_LABEL) - 1);
	buf_u8(&head, (uint8_t)at->type);
	buf_id(&head, keyring_vault(at->keyring));
	buf_u32(&head, at->epoch);
	err_t e = h ? buf_ok(&head) : ERR_NOMEM;
	if (!e)
		e = sha256_update(h, buf_span(&head));
	if (!e)
		e = sha256_update(h, plain);
	return e ? e : sha256_final(h, out);
}

static void sign_message(struct hash hash, uint8_t msg[sizeof(SIGN_LABEL) - 1 + HASH_LEN])
{
	memcpy(msg, SIGN_LABEL, sizeof(SIGN_LABEL) - 1);
	hash_put(msg + sizeof(SIGN_LABEL) - 1, hash);
}

err_t object_verify(const uint8_t sign_key[32], struct hash hash, const uint8_t sig[SIG_LEN])
{
	uint8_t msg[sizeof(SIGN_LABEL) - 1 + HASH_LEN];
	sign_message(hash, msg);
	return crypto_verify(sign_key, SPAN(msg, sizeof(msg)), sig);
}

/* frame_build: signature, length, plaintext, and zeros up to where the whole object has a Padme size. */
static err_t frame_build(struct span plain, const struct key *seed, struct hash hash, struct buf *out)
{
	uint8_t sig[SIG_LEN], msg[sizeof(SIGN_LABEL) - 1 + HASH_LEN];
	if (seed) {
		sign_message(hash, msg);
		err_t e = crypto_sign(seed, SPAN(msg, sizeof(msg)), sig);
		if (e)
			return e;
	}
	buf_u8(out, seed != NULL);
	if (seed)
		buf_put(out, sig, SIG_LEN);
	buf_blob32(out, plain);
	uint64_t size = padme(ENVELOPE_LEN + out->len);
	if (size > OBJECT_MAX)
		return ERR_LIMIT;
	size_t pad = (size_t)size - ENVELOPE_LEN - out->len;
	uint8_t *at = buf_extend(out, pad);
	if (at)
		memset(at, 0, pad);
	return buf_ok(out);
}

err_t object_seal(const struct object_place *at, struct span plain, const struct key *seed, struct buf *out,
                  struct hash *ret_hash)
{
	cleanup(key_wipe) struct key key = { 0 };
	cleanup(buf_free) struct buf aad = BUF_INIT;
	cleanup(buf_wipe_free) struct buf frame = BUF_INIT;
	struct hash hash;
	err_t e = keyring_key(at->keyring, at->epoch, KEY_OBJECTS, &key);
	if (!e)
		e = object_aad(at, &aad);
	if (!e)
		e = object_hash(at, plain, &hash);
	if (!e)
		e = frame_build(plain, seed, hash, &frame);
	if (!e)
		e = envelope_seal(keyring_cipher(at->keyring), &key, buf_span(&aad), buf_span(&frame), out);
	if (!e)
		*ret_hash = hash;
	return e;
}

static err_t open_envelope(const struct object_place *at, struct span bytes, struct buf *frame)
{
	cleanup(key_wipe) struct key key = { 0 };
	cleanup(buf_free) struct buf aad = BUF_INIT;
	if (bytes.len > OBJECT_MAX)
		return ERR_DAMAGED;
	err_t e = keyring_key(at->keyring, at->epoch, KEY_OBJECTS, &key);
	if (!e)
		e = object_aad(at, &aad);
	if (!e)
		e = envelope_open(keyring_cipher(at->keyring), &key, buf_span(&aad), bytes, frame);
	return e == ERR_WRONGKEY ? ERR_DAMAGED : e; /* not what was sealed for this place */
}

err_t object_open(const struct object_place *at, struct span bytes, const uint8_t sign_key[32], struct buf *plain,
                  struct hash *ret_hash, uint8_t ret_sig[SIG_LEN])
{
	cleanup(buf_wipe_free) struct buf frame = BUF_INIT;
	struct object_frame f;
	struct hash hash;
	err_t e = open_envelope(at, bytes, &frame);
	if (!e)
		e = object_frame_decode(buf_span(&frame), &f);
	if (!e)
		e = object_hash(at, f.plain, &hash);
	if (!e && sign_key)
		e = f.is_signed ? object_verify(sign_key, hash, f.sig) : ERR_DAMAGED;
	if (e)
		return e;
	size_t before = plain->len;
	buf_put(plain, f.plain.p, f.plain.len);
	if (plain->failed) {
		plain->len = before;
		return ERR_NOMEM;
	}
	*ret_hash = hash;
	memcpy(ret_sig, f.sig, SIG_LEN);
	return ERR_OK;
}

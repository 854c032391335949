/* SPDX-License-Identifier: MIT */
#include "vault/objects/object.h"

#include "util/cleanup.h"

#include <string.h>

#define OBJECT_LABEL "cloudseal object"
#define HASH_LABEL "cloudseal object hash"
#define SIGN_LABEL "cloudseal object signature"
#define SIGN_LEN (sizeof(SIGN_LABEL) - 1 + HASH_LEN)

static bool is_signed(enum object_type type)
{
	return type != OBJECT_JOIN && type != OBJECT_CHUNK && type != OBJECT_ROOT;
}

static err_t associated(const struct object_place *at, struct buf *out)
{
	if (strlen(at->name) != OBJECT_NAME - 1)
		return ERR_INVAL;
	buf_put(out, OBJECT_LABEL, sizeof(OBJECT_LABEL) - 1);
	epoch_at_put(out, at->epoch);
	buf_u8(out, (uint8_t)at->type);
	buf_put(out, at->name, OBJECT_NAME - 1);
	return buf_ok(out);
}

err_t object_hash(const struct object_place *at, struct span contents, struct hash *ret)
{
	cleanup(sha256_freep) struct sha256 *h = sha256_new();
	cleanup(buf_free) struct buf head = BUF_INIT;
	buf_put(&head, HASH_LABEL, sizeof(HASH_LABEL) - 1);
	buf_u8(&head, (uint8_t)at->type);
	epoch_at_put(&head, at->epoch);
	err_t e = h ? buf_ok(&head) : ERR_NOMEM;
	if (!e)
		e = sha256_update(h, buf_span(&head));
	if (!e)
		e = sha256_update(h, contents);
	return e ? e : sha256_final(h, ret);
}

static void sign_message(struct hash hash, uint8_t msg[SIGN_LEN])
{
	memcpy(msg, SIGN_LABEL, sizeof(SIGN_LABEL) - 1);
	hash_put(msg + sizeof(SIGN_LABEL) - 1, hash);
}

err_t object_verify(const uint8_t sign_key[32], struct hash hash, const uint8_t sig[SIG_LEN])
{
	uint8_t msg[SIGN_LEN];
	sign_message(hash, msg);
	return crypto_verify(sign_key, SPAN(msg, sizeof(msg)), sig);
}

static err_t sign(const struct key *seed, struct hash hash, struct frame *f)
{
	uint8_t msg[SIGN_LEN];
	sign_message(hash, msg);
	f->is_signed = true;
	return crypto_sign(seed, SPAN(msg, sizeof(msg)), f->sig);
}

static err_t seal(const struct object_place *at, const struct frame *f, struct buf *out)
{
	cleanup(buf_free) struct buf aad = BUF_INIT;
	cleanup(buf_wipe_free) struct buf frame = BUF_INIT;
	err_t e = is_signed(at->type) == f->is_signed ? associated(at, &aad) : ERR_INVAL;
	if (!e)
		e = frame_put(&frame, f);
	return e ? e : envelope_seal(at->cipher, at->objects, buf_span(&aad), buf_span(&frame), out);
}

err_t object_seal(const struct object_place *at, struct span contents, const struct key *seed, struct buf *out,
                  struct hash *ret_hash)
{
	struct frame f = { .contents = contents };
	struct hash hash;
	err_t e = object_hash(at, contents, &hash);
	if (!e && seed)
		e = sign(seed, hash, &f);
	if (!e)
		e = seal(at, &f, out);
	if (!e)
		*ret_hash = hash;
	return e;
}

err_t object_seal_again(const struct object_place *at, struct span contents, const uint8_t sig[SIG_LEN],
                        struct buf *out)
{
	struct frame f = { .is_signed = true, .contents = contents };
	memcpy(f.sig, sig, SIG_LEN);
	return seal(at, &f, out);
}

err_t object_open(const struct object_place *at, struct span bytes, struct buf *contents, struct hash *ret_hash,
                  uint8_t ret_sig[SIG_LEN])
{
	cleanup(buf_free) struct buf aad = BUF_INIT;
	cleanup(buf_wipe_free) struct buf frame = BUF_INIT;
	struct frame f;
	struct hash hash;
	err_t e = bytes.len <= OBJECT_MAX ? associated(at, &aad) : ERR_DAMAGED;
	if (!e)
		e = envelope_open(at->cipher, at->objects, buf_span(&aad), bytes, &frame);
	if (!e)
		e = frame_get(buf_span(&frame), &f);
	if (!e && f.is_signed != is_signed(at->type))
		e = ERR_DAMAGED;
	if (!e)
		e = object_hash(at, f.contents, &hash);
	if (e)
		return e == ERR_WRONGKEY ? ERR_DAMAGED : e; /* not what was sealed for this place */
	buf_put(contents, f.contents.p, f.contents.len);
	*ret_hash = hash;
	memcpy(ret_sig, f.sig, SIG_LEN);
	return buf_ok(contents);
}

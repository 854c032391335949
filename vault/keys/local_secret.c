/* SPDX-License-Identifier: MIT */
#include "vault/keys/local_secret.h"

#include "crypto/random.h"
#include "util/cleanup.h"

#include <string.h>

#define MAGIC "cloudseal-unlock\n" /* without its NUL */
#define MAGIC_LEN 17
#define VERSION 1

static err_t text_of(const struct local_at *at, const struct key *local, struct buf *out)
{
	buf_put(out, local->b, sizeof(local->b));
	buf_hash(out, at->genesis);
	return buf_ok(out);
}

/* secret_of: the reverse; ERR_DAMAGED: it is of another genesis. */
static err_t secret_of(const struct local_at *at, struct span text, struct key *ret)
{
	struct rd r = RD(text);
	const uint8_t *local = rd_bytes(&r, sizeof(ret->b));
	struct hash genesis = rd_hash(&r);
	if (!rd_end(&r) || !hash_eq(genesis, at->genesis))
		return ERR_DAMAGED;
	memcpy(ret->b, local, sizeof(ret->b));
	return ERR_OK;
}

/* -- unlock ------------------------------------------------------------------------------------------------------- */

static void put_work(const struct local_unlock *u, struct buf *out)
{
	buf_u32(out, u->kdf.memory_kib);
	buf_u32(out, u->kdf.passes);
	buf_u32(out, u->kdf.lanes);
	buf_put(out, u->salt, sizeof(u->salt));
}

static err_t unlock_bound_to(const struct local_at *at, const struct local_unlock *u, struct buf *out)
{
	struct span label = span_str("cloudseal unlock");
	buf_put(out, label.p, label.len);
	buf_id(out, at->vault);
	put_work(u, out);
	return buf_ok(out);
}

static err_t key_of(const struct local_unlock *u, struct span passphrase, struct key *ret)
{
	err_t e = kdf_check(&u->kdf);
	return e ? e : crypto_argon2id(&u->kdf, passphrase, SPAN(u->salt, sizeof(u->salt)), ret);
}

err_t local_unlock_seal(const struct local_at *at, const struct wrap_secret *passphrase, const struct key *local,
                        struct buf *out)
{
	cleanup(key_wipe) struct key key = { 0 };
	cleanup(buf_wipe_free) struct buf text = BUF_INIT;
	cleanup(buf_free) struct buf aad = BUF_INIT;
	struct local_unlock u = { .kdf = passphrase->kdf };
	size_t before = out->len;
	err_t e = crypto_random(u.salt, sizeof(u.salt));
	if (!e)
		e = key_of(&u, passphrase->bytes, &key);
	if (!e)
		e = text_of(at, local, &text);
	if (!e)
		e = unlock_bound_to(at, &u, &aad);
	if (e)
		return e;
	buf_put(out, MAGIC, MAGIC_LEN);
	buf_u8(out, VERSION);
	put_work(&u, out);
	e = buf_ok(out);
	if (!e)
		e = envelope_seal(at->cipher, &key, buf_span(&aad), buf_span(&text), out);
	if (e)
		out->len = before;
	return e;
}

err_t local_unlock_decode(struct span file, struct local_unlock *ret)
{
	struct rd r = RD(file);
	struct local_unlock u = { 0 };
	const uint8_t *magic = rd_bytes(&r, MAGIC_LEN);
	uint8_t version = rd_u8(&r);
	if (r.bad || memcmp(magic, MAGIC, MAGIC_LEN) || !version)
		return ERR_DAMAGED;
	if (version != VERSION)
		return ERR_VERSION;
	u.kdf.memory_kib = rd_u32(&r);
	u.kdf.passes = rd_u32(&r);
	u.kdf.lanes = rd_u32(&r);
	rd_copy(&r, u.salt, sizeof(u.salt));
	if (r.bad || file.len != LOCAL_UNLOCK_LEN)
		return ERR_DAMAGED;
	u.sealed = SPAN(r.p, r.left);
	*ret = u;
	return ERR_OK;
}

err_t local_unlock_open(const struct local_at *at, const struct local_unlock *u, struct span passphrase,
                        struct key *ret)
{
	cleanup(key_wipe) struct key key = { 0 };
	cleanup(buf_wipe_free) struct buf text = BUF_INIT;
	cleanup(buf_free) struct buf aad = BUF_INIT;
	err_t e = key_of(u, passphrase, &key);
	if (!e)
		e = unlock_bound_to(at, u, &aad);
	if (!e)
		e = envelope_open(at->cipher, &key, buf_span(&aad), u->sealed, &text);
	return e ? e : secret_of(at, buf_span(&text), ret);
}

/* -- rescue ------------------------------------------------------------------------------------------------------- */

static err_t rescue_bound_to(const struct local_at *at, struct buf *out)
{
	struct span label = span_str("cloudseal rescue");
	buf_put(out, label.p, label.len);
	buf_id(out, at->vault);
	buf_hash(out, at->genesis);
	return buf_ok(out);
}

err_t local_rescue_seal(const struct local_at *at, const struct box_to *slot, const struct key *local, struct buf *out)
{
	cleanup(box_draw_wipe) struct box_draw d = { 0 };
	cleanup(buf_wipe_free) struct buf text = BUF_INIT;
	cleanup(buf_free) struct buf aad = BUF_INIT;
	size_t before = out->len;
	err_t e = box_draw(&d);
	if (!e)
		e = text_of(at, local, &text);
	if (!e)
		e = rescue_bound_to(at, &aad);
	if (e)
		return e;
	buf_u8(out, VERSION);
	e = buf_ok(out);
	if (!e)
		e = box_seal(at->cipher, slot, &d, buf_span(&aad), buf_span(&text), out);
	if (e)
		out->len = before;
	return e;
}

err_t local_rescue_open(const struct local_at *at, const struct signer_mine *slot, struct span file, struct key *ret)
{
	cleanup(buf_wipe_free) struct buf text = BUF_INIT;
	cleanup(buf_free) struct buf aad = BUF_INIT;
	struct rd r = RD(file);
	uint8_t version = rd_u8(&r);
	if (!version || !r.left)
		return ERR_DAMAGED;
	if (version != VERSION)
		return ERR_VERSION;
	err_t e = rescue_bound_to(at, &aad);
	if (!e)
		e = box_open(at->cipher, &(struct box_by){ &slot->seed, &slot->mix }, buf_span(&aad), SPAN(r.p, r.left),
		             &text);
	return e ? e : secret_of(at, buf_span(&text), ret);
}

/* SPDX-License-Identifier: MIT */
#include "crypto/box.h"

#include "crypto/hash.h"
#include "crypto/public.h"
#include "crypto/random.h"
#include "util/cleanup.h"

#include <string.h>

void box_draw_wipe(struct box_draw *d)
{
	crypto_wipe(d, sizeof(*d));
}

err_t box_draw(struct box_draw *ret)
{
	err_t e = crypto_random(ret->ephemeral.b, sizeof(ret->ephemeral.b));
	return e ? e : crypto_random(ret->salt, sizeof(ret->salt));
}

/* The X25519 side of a box. */
struct sides {
	const struct key *raw; /* the private key that is known here */
	const uint8_t *peer;
	const uint8_t *ephemeral, *receiver; /* public keys */
};

/* envelope_key: HKDF(secret || mix key, "cloudseal sealed box" || suite || ephemeral key || receiver's key). */
static err_t envelope_key(const struct sides *s, const struct key *mix, struct key *ret)
{
	cleanup(buf_wipe_free) struct buf secret = BUF_INIT, info = BUF_INIT;
	cleanup(key_wipe) struct key shared = { 0 };
	err_t e = x25519(s->raw, s->peer, shared.b);
	if (e)
		return e;
	buf_put(&secret, shared.b, sizeof(shared.b));
	buf_put(&secret, mix->b, sizeof(mix->b));
	buf_put(&info, "cloudseal sealed box", strlen("cloudseal sealed box"));
	buf_u8(&info, BOX_SUITE);
	buf_put(&info, s->ephemeral, 32);
	buf_put(&info, s->receiver, 32);
	e = buf_ok(&secret);
	if (!e)
		e = buf_ok(&info);
	return e ? e : crypto_hkdf(buf_span(&secret), SPAN(NULL, 0), buf_span(&info), ret->b, sizeof(ret->b));
}

static err_t suite_ok(struct span bytes, size_t least)
{
	const uint8_t *p = bytes.p;
	if (!bytes.len || !p[0])
		return ERR_DAMAGED;
	if (p[0] != BOX_SUITE)
		return ERR_VERSION;
	return bytes.len < least ? ERR_DAMAGED : ERR_OK;
}

err_t box_seal(enum cipher c, const struct box_to *to, const struct box_draw *d, struct span aad, struct span in,
               struct buf *out)
{
	cleanup(key_wipe) struct key k = { 0 };
	uint8_t ephemeral[32];
	size_t before = out->len;
	err_t e = suite_ok(to->box_key, BOX_KEY);
	if (!e)
		e = x25519(&d->ephemeral, NULL, ephemeral);
	if (e)
		return e;
	const uint8_t *receiver = (const uint8_t *)to->box_key.p + 1;
	e = envelope_key(&(struct sides){ &d->ephemeral, receiver, ephemeral, receiver }, to->mix, &k);
	if (e)
		return e;
	buf_u8(out, BOX_SUITE);
	buf_put(out, ephemeral, sizeof(ephemeral));
	e = buf_ok(out);
	if (!e)
		e = envelope_seal_salted(c, &(struct envelope_by){ &k, d->salt }, aad, in, out);
	if (e)
		out->len = before;
	return e;
}

err_t box_open(enum cipher c, const struct box_by *by, struct span aad, struct span in, struct buf *out)
{
	cleanup(key_wipe) struct key raw = { 0 }, k = { 0 };
	uint8_t receiver[32];
	const uint8_t *at = in.p;
	err_t e = suite_ok(in, BOX_MORE);
	if (!e)
		e = crypto_subkey(by->seed, "cloudseal box", SPAN(NULL, 0), &raw);
	if (!e)
		e = x25519(&raw, NULL, receiver);
	if (!e)
		e = envelope_key(&(struct sides){ &raw, at + 1, at + 1, receiver }, by->mix, &k);
	return e ? e : envelope_open(c, &k, aad, SPAN(at + 1 + 32, in.len - 1 - 32), out);
}

/* SPDX-License-Identifier: MIT */
#include "vault/keys/recovery_slot.h"

#include "crypto/crypto.h"
#include "crypto/hash.h"
#include "util/cleanup.h"
#include "vault/keys/recovery.h"

#include <string.h>

err_t recovery_slot_wrap(enum cipher cipher, const struct signer_mine *slot, struct hash anchor, char **ret_key,
                         struct buf *wrap)
{
	cleanup(secret_freep) uint8_t *key = secret_alloc(RECOVERY_LEN);
	cleanup(secret_freep) char *text = NULL;
	if (!key)
		return ERR_NOMEM;
	struct wrap_secret secret = { .bytes = SPAN(key, RECOVERY_LEN) };
	err_t e = crypto_random(key, RECOVERY_LEN);
	if (!e)
		e = recovery_encode(key, &text);
	if (!e)
		e = wrap_seal(cipher, slot, &secret, anchor, wrap);
	if (!e)
		*ret_key = steal_ptr(text);
	return e;
}

void recovery_offer_wipe(struct recovery_offer *o)
{
	crypto_wipe(o, sizeof(*o));
}

err_t recovery_offer_of(const struct signer_mine *slot, struct span wrap, struct recovery_offer *ret)
{
	if (wrap.len != sizeof(ret->wrap))
		return ERR_INVAL;
	memcpy(ret->sign_key, slot->sign_key, sizeof(ret->sign_key));
	memcpy(ret->box_key, slot->box_key, sizeof(ret->box_key));
	memcpy(ret->wrap, wrap.p, sizeof(ret->wrap));
	ret->mix = slot->mix;
	return ERR_OK;
}

void recovery_offer_put(const struct recovery_offer *o, struct buf *out)
{
	buf_put(out, o->sign_key, sizeof(o->sign_key));
	buf_put(out, o->box_key, sizeof(o->box_key));
	buf_put(out, o->mix.b, sizeof(o->mix.b));
	buf_put(out, o->wrap, sizeof(o->wrap));
}

err_t recovery_offer_get(struct span bytes, struct recovery_offer *ret)
{
	struct rd r = RD(bytes);
	cleanup(recovery_offer_wipe) struct recovery_offer o = { 0 };
	rd_copy(&r, o.sign_key, sizeof(o.sign_key));
	rd_copy(&r, o.box_key, sizeof(o.box_key));
	rd_copy(&r, o.mix.b, sizeof(o.mix.b));
	rd_copy(&r, o.wrap, sizeof(o.wrap));
	if (!rd_end(&r))
		return ERR_DAMAGED;
	*ret = o;
	return ERR_OK;
}

err_t recovery_offer_who(const struct recovery_offer *o, struct id vault, struct signer_new *ret, struct id *ret_id)
{
	struct signer_new who = { .kind = SIGNER_RECOVERY, .sign_key = o->sign_key };
	struct wrap w;
	who.box_key = SPAN(o->box_key, sizeof(o->box_key));
	err_t e = wrap_decode(SPAN(o->wrap, sizeof(o->wrap)), &w);
	if (!e)
		e = crypto_sha256(SPAN(o->mix.b, sizeof(o->mix.b)), &who.mix);
	if (!e)
		e = crypto_sha256(SPAN(o->wrap, sizeof(o->wrap)), &who.wrap);
	if (!e)
		e = signer_id(vault, &who, ret_id);
	if (!e && (w.kind != SIGNER_RECOVERY || !id_eq(w.slot, *ret_id)))
		e = ERR_DAMAGED;
	if (!e)
		*ret = who;
	return e;
}

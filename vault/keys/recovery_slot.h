/* SPDX-License-Identifier: MIT
 * A recovery key and the slot that it opens: what is drawn for a new one.
 */
#pragma once

#include "vault/keys/wrap.h"

/* recovery_slot_wrap: draws a recovery key and appends the wrap of `slot` under it; `anchor` as in wrap_seal.
 * *ret_key: its text, secret_alloc'ed. */
MUST_CHECK err_t recovery_slot_wrap(enum cipher cipher, const struct signer_mine *slot, struct hash anchor,
                                    char **ret_key, struct buf *wrap);
/* What others are given of a new slot. The mix key opens nothing by itself, and every member knows it; seed and
 * recovery key stay with who made them. */
struct recovery_offer {
	uint8_t sign_key[SIGNER_KEY], box_key[BOX_KEY];
	struct key mix;
	uint8_t wrap[SIGNER_WRAP];
};
#define RECOVERY_OFFER_LEN (SIGNER_KEY + BOX_KEY + 32 + SIGNER_WRAP)
void recovery_offer_wipe(struct recovery_offer *o);
/* recovery_offer_of: ERR_INVAL: `wrap` is none. recovery_offer_put, recovery_offer_get: as bytes; ERR_DAMAGED: other
 * than these. */
MUST_CHECK err_t recovery_offer_of(const struct signer_mine *slot, struct span wrap, struct recovery_offer *ret);
void recovery_offer_put(const struct recovery_offer *o, struct buf *out);
MUST_CHECK err_t recovery_offer_get(struct span bytes, struct recovery_offer *ret);
/* recovery_offer_who: whom a SLOT statement lets in, of no rank yet; points into `o`. *ret_id: its id. ERR_DAMAGED: the
 * wrap is another slot's. */
MUST_CHECK err_t recovery_offer_who(const struct recovery_offer *o, struct id vault, struct signer_new *ret,
                                    struct id *ret_id);

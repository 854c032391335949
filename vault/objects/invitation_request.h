/* SPDX-License-Identifier: MIT
 * What a joiner asks: the box of the offer is its envelope, so whoever can seal it has the code, and only the inviter
 * opens it.
 *
 *   version(u8: 1) Ed25519 key(32) box key(u16 length, bytes) proof(64) name(u16 length, 1..64 bytes of UTF-8), zeros
 */
#pragma once

#include "vault/join/signer.h"
#include "vault/objects/invitation.h"

#define INVITATION_NAME_MAX 64

struct invitation_request {
	uint8_t sign_key[SIGNER_KEY], box_key[BOX_KEY], proof[SIGNER_SIG];
	char name[INVITATION_NAME_MAX + 1]; /* of the device, as it wants to be called */
};
/* invitation_request_encode, invitation_request_decode: its text. ERR_INVAL: no such name; ERR_DAMAGED, ERR_VERSION. */
MUST_CHECK err_t invitation_request_encode(const struct invitation_request *r, struct buf *text);
MUST_CHECK err_t invitation_request_decode(struct span text, struct invitation_request *ret);
/* invitation_request_seal: appends the object. Ephemeral key and salt are derived of `seed`, the text and the offer: so
 * who begins again makes the same bytes. ERR_INVAL: no such name. invitation_request_open: `seed`: of the offer's box
 * key, `offer`: hash of that. ERR_DAMAGED: also a proof that is not by the key in it; ERR_WRONGKEY, ERR_VERSION. */
MUST_CHECK err_t invitation_request_seal(const struct invitation *v, const struct invitation_offer *o,
                                         const struct invitation_request *r, const struct key *seed, struct buf *out);
MUST_CHECK err_t invitation_request_open(const struct invitation *v, struct hash offer, const struct key *seed,
                                         struct span object, struct invitation_request *ret);

/* invitation_number: what both devices show, below 10^9: of vault, offer and request. It takes a quarter of a second
 * and 64 MiB: who stands between would have to try a thousand million requests until one shows the same. ERR_NOMEM. */
#define INVITATION_NUMBERS 1000000000u
MUST_CHECK err_t invitation_number(const struct invitation *v, struct hash offer, struct hash request, uint32_t *ret);

/* SPDX-License-Identifier: MIT
 * An invitation: one device lets another in (docs/format.md, "Invitation"). What its code gives, and the offer, by
 * which a joiner sees that the code is good. All functions are pure, but for salts and keys that are drawn.
 *
 *   offer    envelope under the seal key: version(u8: 1) until(i64, seconds) box key(u16 length, bytes), zeros
 *   request  box to that box key: invitation_request.h
 *   reply    box to the joiner's box key: invitation_reply.h
 * Each is as large as object_size says. The code opens the offer alone, in which there is a key and a time.
 */
#pragma once

#include "crypto/box.h"
#include "util/id.h"

#define INVITATION_CODE 16
#define INVITATION_DAY (24 * 60 * 60)       /* s that a code counts */
#define INVITATION_MAX (size_t)(512u << 10) /* bytes of an object of it, at most */

struct invitation { /* what the code gives, of one vault */
	struct id vault;
	struct hash genesis;
	enum cipher cipher;
	struct key name, seal, mix;
};
void invitation_wipe(struct invitation *v);
/* invitation_of: vault, genesis and cipher of `ret` are set by the caller. ERR_CRYPTO, ERR_NOMEM. */
MUST_CHECK err_t invitation_of(const uint8_t code[INVITATION_CODE], struct invitation *ret);
/* invitation_name: of its object on the store. */
enum invitation_object { INVITATION_OFFER, INVITATION_REQUEST, INVITATION_REPLY };
MUST_CHECK err_t invitation_name(const struct invitation *v, enum invitation_object which, char ret[ID_TEXT]);
/* invitation_about: appends what binds one of its objects: the label of that, vault id, genesis hash, and the object
 * before it, by its hash; NULL: none. */
MUST_CHECK err_t invitation_about(const struct invitation *v, enum invitation_object which, const struct hash *before,
                                  struct buf *out);
/* invitation_pad: zeros behind a text whose object is `more` bytes longer. invitation_padded: what is left of `r` is
 * just that; `len`: of the whole text. */
MUST_CHECK err_t invitation_pad(struct buf *text, size_t more);
bool invitation_padded(const struct rd *r, size_t len, size_t more);

struct invitation_offer {
	int64_t until; /* s since 1970 */
	uint8_t box_key[BOX_KEY];
	struct hash hash; /* of the object: what a request is bound to */
};
/* invitation_offer_encode, invitation_offer_decode: its text; the hash is not in it. ERR_DAMAGED, ERR_VERSION. */
MUST_CHECK err_t invitation_offer_encode(const struct invitation_offer *o, struct buf *text);
MUST_CHECK err_t invitation_offer_decode(struct span text, struct invitation_offer *ret);
/* invitation_offer_seal: appends the object, and sets o->hash. invitation_offer_open: ERR_WRONGKEY: of another code or
 * vault; ERR_DAMAGED, ERR_VERSION, ERR_NOMEM. */
MUST_CHECK err_t invitation_offer_seal(const struct invitation *v, struct invitation_offer *o, struct buf *out);
MUST_CHECK err_t invitation_offer_open(const struct invitation *v, struct span object, struct invitation_offer *ret);

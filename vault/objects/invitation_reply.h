/* SPDX-License-Identifier: MIT
 * What the inviter answers: sealed to the joiner's own key, and bound to its request.
 *
 *   version(u8: 1) JOIN statement(u16 length, bytes) mix key(32) epoch root 1(32) newest epoch: number(u32) id(32)
 *   root(32) the inviter's positions (applied.h), zeros
 */
#pragma once

#include "vault/objects/applied.h"
#include "vault/objects/invitation.h"

struct invitation_reply {
	struct buf join; /* the statement */
	struct key mix;  /* of the joiner */
	struct key first;
	uint32_t epoch; /* the newest: of epoch 1 id and root are the first one's */
	struct hash epoch_id;
	struct key root;
	struct applied positions;
};
/* invitation_reply_free: wipes. */
void invitation_reply_free(struct invitation_reply *r);
/* invitation_reply_encode, invitation_reply_decode: its text; `ret` is the caller's to free. ERR_INVAL: no JOIN;
 * ERR_DAMAGED, ERR_VERSION, ERR_NOMEM. */
MUST_CHECK err_t invitation_reply_encode(const struct invitation_reply *r, struct buf *text);
MUST_CHECK err_t invitation_reply_decode(struct span text, struct invitation_reply *ret);
/* invitation_reply_seal: to that box key, for the request with that hash; appends.
 * invitation_reply_open: by the seed of the joiner; `ret` is the caller's to free. ERR_WRONGKEY: it is for somebody
 * else; ERR_DAMAGED, ERR_VERSION, ERR_NOMEM. */
MUST_CHECK err_t invitation_reply_seal(const struct invitation *v, const uint8_t box_key[BOX_KEY], struct hash request,
                                       const struct invitation_reply *r, struct buf *out);
MUST_CHECK err_t invitation_reply_open(const struct invitation *v, const struct key *seed, struct hash request,
                                       struct span object, struct invitation_reply *ret);

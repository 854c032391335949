/* SPDX-License-Identifier: MIT
 * A signer whose seed is known here (docs/format.md, "Members"): this device, or a slot that a secret has opened. What
 * it is to others, and what it signs.
 */
#pragma once

#include "crypto/box.h"
#include "vault/join/signer.h"

/* In the secret allocator: secret_freep wipes it. All but vault and kind is derived of seed and mix. */
struct signer_mine {
	struct id vault, id;
	enum signer_kind kind;
	struct key seed, mix;
	struct key sign;              /* private Ed25519 key */
	uint8_t sign_key[SIGNER_KEY]; /* its public one */
	uint8_t box_key[BOX_KEY];     /* suite, X25519 key */
	struct hash mix_hash;
};
/* signer_mine_draw: a new one, seed and mix key by chance. signer_mine_of: the one of this seed and mix key. *ret is
 * the caller's, for secret_freep. ERR_NOMEM, ERR_CRYPTO. */
MUST_CHECK err_t signer_mine_draw(struct id vault, enum signer_kind kind, struct signer_mine **ret);
MUST_CHECK err_t signer_mine_of(struct id vault, enum signer_kind kind, const struct key *seed, const struct key *mix,
                                struct signer_mine **ret);
/* signer_mine_new_of: whom a JOIN or SLOT lets in; points into `m`. The hash of a slot's wrap is the caller's to set.
 */
struct signer_new signer_mine_new_of(const struct signer_mine *m, uint32_t rank);
/* mine_sign: appends statement `s` of this signer: the fields signer and sig are set here. ERR_INVAL: what is not of
 * the form (signer.h), ERR_NOMEM, ERR_CRYPTO. */
MUST_CHECK err_t mine_sign(const struct signer_mine *m, struct hash genesis, const struct signer_said *s,
                           struct buf *out);
/* mine_prove: the proof in a JOIN that lets this device in: that it has the seed. */
MUST_CHECK err_t mine_prove(const struct signer_mine *m, struct hash genesis, uint8_t proof[SIGNER_SIG]);

/* SPDX-License-Identifier: MIT
 * Opened slots; wrapping of slot seeds under secrets, and sealing of epoch roots to slots. Envelopes and boxes commit
 * to their key (docs/format1.md, "Slots").
 */
#pragma once

#include "vault/keys/keyring.h"
#include "vault/keys/slot_keys.h"

struct header;
struct sealed_epoch_root;
struct wrap;

/* An opened human slot: its seed can sign statements. In the secret allocator; freed (wiped) by slot_freep. */
struct slot;
void slot_freep(struct slot **s);
struct id slot_id(const struct slot *s);

/* slot_wrap: fills `w` (its id, kind and kdf are set; salt is drawn here) so that `secret` opens `seed` again. */
MUST_CHECK err_t slot_wrap(const struct header *h, struct wrap *w, struct span secret, const struct key *seed);
/* slot_unwrap: ERR_WRONGKEY, ERR_LIMIT (KDF parameters), ERR_DAMAGED (another vault's genesis inside). */
MUST_CHECK err_t slot_unwrap(const struct header *h, const struct wrap *w, struct span secret, struct key *seed);
/* epoch_root_seal / epoch_root_open: one epoch's root for one slot. Epoch 1 must match genesis' commitment, a later one
 * carries a proof under epoch root 1. */
MUST_CHECK err_t epoch_root_seal(const struct header *h, const struct keyring *k, uint32_t epoch,
                                 const struct slot_keys *to, struct sealed_epoch_root *ret);
MUST_CHECK err_t epoch_root_open(const struct header *h, const struct sealed_epoch_root *r, const struct slot *slot,
                                 const struct key *root1, struct key *ret);

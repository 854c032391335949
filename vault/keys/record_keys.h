/* SPDX-License-Identifier: MIT
 * The keys that a vault's records have: roots of epochs, and mix keys. They stand in the sealed map of each device, so
 * who opens that needs nothing else. Each is compared with what genesis, a statement or a start says of it.
 */
#pragma once

#include "vault/join/view.h"
#include "vault/keys/header.h"
#include "vault/keys/keyring.h"

struct signer_wanted {
	struct id id;
	enum signer_kind kind;
	struct hash mix; /* of its mix key */
};
/* record_keys_roots: all roots of EPOCH records into `k`, which is of this vault; of later epochs than the first as
 * claims: whether a commit began one, whoever follows the commits knows. ERR_NOTFOUND: that of epoch 1 is not there.
 * Errors of the view, ERR_DAMAGED, ERR_NOMEM, ERR_CRYPTO. */
MUST_CHECK err_t record_keys_roots(const struct view *records, const struct header *h, struct keyring *k);
/* record_keys_later: of later epochs alone: claims. */
MUST_CHECK err_t record_keys_later(const struct view *records, struct keyring *k);
/* record_keys_mix: of the slot `id`, whose statement or genesis says that hash; a copy that the caller wipes.
 * record_keys_mix_of: likewise, of any signer. ERR_NOTFOUND: it is not there. */
MUST_CHECK err_t record_keys_mix(const struct view *records, struct id slot, struct hash mix, struct key *ret);
MUST_CHECK err_t record_keys_mix_of(const struct view *records, const struct signer_wanted *who, struct key *ret);

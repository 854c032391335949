/* SPDX-License-Identifier: MIT
 * From a secret to the vault's keys.
 */
#pragma once

#include "vault/keys/header.h"
#include "vault/keys/slots.h"

/* header_kdf: of the i-th wrap (0...) that a passphrase is tried on. ERR_NOTFOUND: there are no more. */
MUST_CHECK err_t header_kdf(const struct header *h, size_t i, struct kdf_params *ret);
/* header_unlock: tries every slot of that kind. `secret`: the passphrase, or the RECOVERY_LEN bytes of recovery_decode.
 * Gives the keyring with every epoch root sealed in the header, those of later epochs as claims, and the opened slot.
 * ERR_WRONGKEY; ERR_LIMIT: KDF parameters out of bounds (checked before memory is asked for); ERR_DAMAGED: forged. A
 * sentence in `why` for each. */
MUST_CHECK err_t header_unlock(const struct header *h, enum slot_kind kind, struct span secret,
                               struct keyring **ret_keyring, struct slot **ret_slot, struct why *why);

/* SPDX-License-Identifier: MIT
 * The wrap of a slot (docs/format.md, "Wrap"): its seed, sealed under a passphrase or a recovery key. What is in it is
 * proven by the slot's id alone; that it is the one that counts, its hash says, in genesis or in a SLOT statement.
 *
 *   slot id(16) kind(u8: 1, 2) Argon2id: memory in KiB, passes, lanes(u32 each; zero unless a passphrase) salt(32)
 *   envelope of seed(32) mix key(32) anchor(32), associated data "cloudseal slot", vault id and all before it
 */
#pragma once

#include "crypto/kdf.h"
#include "vault/members/mine.h"

struct wrap { /* `wrapped` points into what it was decoded from */
	struct id slot;
	enum signer_kind kind;
	struct kdf_params kdf;
	uint8_t salt[32];
	struct span wrapped;
};
struct wrap_secret {
	struct span bytes;     /* a passphrase as it was typed, or the bytes of a recovery key */
	struct kdf_params kdf; /* of a passphrase */
};
/* wrap_seal: appends the wrap of `slot`, salts drawn. `anchor`: the genesis hash, or zero for a slot that genesis
 * names. ERR_LIMIT: parameters out of bounds; ERR_INVAL: of a device, or parameters of a recovery key. */
MUST_CHECK err_t wrap_seal(enum cipher c, const struct signer_mine *slot, const struct wrap_secret *secret,
                           struct hash anchor, struct buf *out);
/* wrap_decode: pure. ERR_DAMAGED: not of that form; bounds of the parameters are looked at when it is opened. */
MUST_CHECK err_t wrap_decode(struct span wrap, struct wrap *ret);
/* wrap_open: *ret_slot is the caller's, for secret_freep. ERR_WRONGKEY; ERR_LIMIT: parameters out of bounds, and then
 * no memory was asked for; ERR_DAMAGED: it is not the slot's seed. */
struct wrap_at { /* of which vault */
	struct id vault;
	enum cipher cipher;
};
MUST_CHECK err_t wrap_open(const struct wrap_at *at, const struct wrap *w, struct span secret,
                           struct signer_mine **ret_slot, struct hash *ret_anchor);

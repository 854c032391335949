/* SPDX-License-Identifier: MIT
 * The local secret, which seals a device's state, and the two files that give it back (docs/format.md, "Local state"):
 * `unlock` by this device's passphrase, `rescue` by the recovery key. A passphrase is changed by writing the first
 * anew.
 *
 *   unlock  "cloudseal-unlock" line feed, version(u8: 1) Argon2id: memory in KiB, passes, lanes(u32 each) salt(32)
 *           envelope of local secret(32) genesis hash(32), associated data "cloudseal unlock", vault id, parameters,
 *           salt
 *   rescue  version(u8: 1) box of the same to the recovery slot in force, associated data "cloudseal rescue", vault id,
 *           genesis hash
 */
#pragma once

#include "vault/keys/wrap.h"

#define LOCAL_UNLOCK_LEN (17 + 1 + 12 + 32 + ENVELOPE_LEN + 32 + HASH_LEN)
#define LOCAL_RESCUE_LEN (1 + BOX_MORE + 32 + HASH_LEN)

struct local_at { /* of which vault: out of its header */
	struct id vault;
	struct hash genesis;
	enum cipher cipher;
};
/* local_unlock_seal: appends the file, salts drawn. ERR_LIMIT: parameters out of bounds. */
MUST_CHECK err_t local_unlock_seal(const struct local_at *at, const struct wrap_secret *passphrase,
                                   const struct key *local, struct buf *out);
struct local_unlock { /* `sealed` points into what it was decoded from */
	struct kdf_params kdf;
	uint8_t salt[32];
	struct span sealed;
};
/* local_unlock_decode: pure. ERR_DAMAGED; ERR_VERSION: of a later one. local_unlock_open: ERR_WRONGKEY; ERR_LIMIT:
 * parameters out of bounds, and then no memory was asked for; ERR_DAMAGED: also when it is another vault's. */
MUST_CHECK err_t local_unlock_decode(struct span file, struct local_unlock *ret);
MUST_CHECK err_t local_unlock_open(const struct local_at *at, const struct local_unlock *u, struct span passphrase,
                                   struct key *ret);
/* local_rescue_seal: appends the file. ERR_VERSION: to a slot of a box suite that is not known here. local_rescue_open:
 * by the recovery slot, opened. ERR_WRONGKEY: of another slot or vault; ERR_DAMAGED, ERR_VERSION. */
MUST_CHECK err_t local_rescue_seal(const struct local_at *at, const struct box_to *slot, const struct key *local,
                                   struct buf *out);
MUST_CHECK err_t local_rescue_open(const struct local_at *at, const struct signer_mine *slot, struct span file,
                                   struct key *ret);

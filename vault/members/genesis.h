/* SPDX-License-Identifier: MIT
 * Genesis (docs/format.md): what a vault is, said once, signed by its slots and its first device. Its hash is the
 * vault's true name, and the id of epoch 1.
 *
 *   genesis  "cloudseal genesis 2" NUL, vault id(16) cipher(u8) block hash(u8) KDF(u8) box(u8) block size(u32)
 *            time(i64, seconds) first device, slots: count(u16: 1, 2), commitment to epoch root 1(32)
 *   device   Ed25519 key(32) box key(u16 length, bytes) hash of the mix key(32)
 *   slot     kind(u8: 1, then perhaps 2), as of a device, hash of the wrap(32) box of epoch root 1(u16 length, bytes)
 *   signed   genesis(u16 length, bytes) count of signatures(u16), 64 bytes each: of the slots as they come, then the
 *            device, over "cloudseal genesis" NUL genesis. So it stands in the header, and in the record GENESIS.
 */
#pragma once

#include "vault/members/mine.h"
#include "vault/members/parts.h"

#define GENESIS_BLOCK_SIZE 131072u
#define GENESIS_SLOTS_MAX 2
#define GENESIS_SIGNERS_MAX (GENESIS_SLOTS_MAX + 1)
/* The one of each suite that there is, beside the ciphers. */
#define GENESIS_BLOCK_HASH 1 /* SHA-256 */
#define GENESIS_KDF 1        /* HKDF-SHA256, Argon2id */

struct genesis_slot {
	struct signer_new who; /* with kind and hash of its wrap; no rank */
	struct span box;       /* of epoch root 1 (root_box.h) */
};
struct genesis { /* spans point into what it was decoded from */
	struct id vault;
	enum cipher cipher;
	int64_t time;                                /* s since 1970 */
	struct signer_new device;                    /* no rank */
	struct genesis_slot slot[GENESIS_SLOTS_MAX]; /* recovery, perhaps passphrase */
	size_t slot_n;
	struct hash commitment;
};
/* genesis_encode: appends; ERR_INVAL: what the format cannot hold. genesis_decode: pure. ERR_DAMAGED; ERR_VERSION: of
 * a suite or block size that is not known here. */
MUST_CHECK err_t genesis_encode(const struct genesis *g, struct buf *out);
MUST_CHECK err_t genesis_decode(struct span genesis, struct genesis *ret);
MUST_CHECK err_t genesis_hash(struct span genesis, struct hash *ret);
/* genesis_sign: appends `signed`; `by`: its signers, slots as they come, then the device. ERR_INVAL: others than it
 * names. */
MUST_CHECK err_t genesis_sign(struct span genesis, const struct signer_mine *const *by, size_t n, struct buf *out);
/* genesis_check: genesis out of `signed`, which it points into, and all signatures. *ret_genesis: its bytes.
 * ERR_DAMAGED: also when one is not right; ERR_VERSION as genesis_decode, before that. */
MUST_CHECK err_t genesis_check(struct span with_signatures, struct genesis *ret, struct span *ret_genesis);
/* genesis_named: its signers as roster_basis wants them: recovery slot, device, perhaps passphrase slot, with their
 * ranks; point into what `g` points to. */
MUST_CHECK err_t genesis_named(const struct genesis *g, struct roster_named ret[GENESIS_SIGNERS_MAX], size_t *ret_n);

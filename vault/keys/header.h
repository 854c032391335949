/* SPDX-License-Identifier: MIT
 * The one object with a recognisable name: what turns a passphrase or recovery key into the vault's roots.
 * Layout, genesis, slots, wrapping: docs/format.md, "Header". Everything in it is checked from genesis; nothing else is
 * trusted.
 */
#pragma once

#include "vault/keys/keyring.h"
#include "vault/keys/statement.h"

enum slot_kind { SLOT_RECOVERY = 1, SLOT_PASSPHRASE = 2, SLOT_DEVICE = 3 };
struct header; /* decoded and verified */
void header_freep(struct header **h);
/* header_decode: pure; verifies genesis, its signatures and every slot statement. ERR_DAMAGED (foreign or damaged),
 * ERR_VERSION (newer format or unknown feature), with a sentence in `why`. */
MUST_CHECK err_t header_decode(struct span bytes, struct header **ret, struct why *why);
/* header_encode: appends; a pure function of what the header holds. */
MUST_CHECK err_t header_encode(const struct header *h, struct buf *out);
const uint8_t *header_vault(const struct header *h);   /* 16 bytes */
const uint8_t *header_genesis(const struct header *h); /* HASH_LEN bytes */
/* header_joins: a hint, not proven: how many join mailboxes were in use. */
uint64_t header_joins(const struct header *h);
void header_set_joins(struct header *h, uint64_t joins);
/* header_first_stream / header_first_device: of the device that made the vault (in genesis). */
const uint8_t *header_first_stream(const struct header *h);
const uint8_t *header_first_device(const struct header *h);
const uint8_t *header_first_device_key(const struct header *h); /* its Ed25519 key (32) */

struct vault_create { /* what a new vault is made of */
	struct span passphrase;
	struct kdf_params kdf;
	const char *device_name;
	const struct key *device_seed; /* made by the caller, kept in its local state */
	uint8_t device_id[16], stream[16];
	int64_t now; /* wall seconds */
};
/* header_create: draws vault id, slots and the first root; signs genesis with both human slots. The recovery key comes
 * back as text (secret_alloc'ed), the ring holds epoch 1. */
MUST_CHECK err_t header_create(const struct vault_create *c, struct header **ret, struct keyring **ret_ring,
                               char **ret_recovery);
/* An opened human slot: its seed can sign statements. Free with slot_freep (wipes). */
struct slot;
void slot_freep(struct slot **s);
const uint8_t *slot_id(const struct slot *s); /* 16 bytes */
/* header_unlock: tries every slot of that kind. ERR_WRONGKEY. KDF parameters are checked before anything is allocated.
 * `secret`: the passphrase, or the 16 bytes from recovery_decode. Gives the ring with every root sealed in the header,
 * those of later epochs as claims. */
MUST_CHECK err_t header_unlock(const struct header *h, enum slot_kind kind, struct span secret,
                               struct keyring **ret_ring, struct slot **ret_slot, struct why *why);
/* header_add_statement: a statement of any kind joins the header; ERR_NOTFOUND when its signer, its predecessor or what
 * it removes is not there yet (add those first), ERR_DAMAGED when it is not proven. Known already: ERR_OK. What a
 * removed slot could open is dropped. */
MUST_CHECK err_t header_add_statement(struct header *h, struct span bytes);
/* header_add_slot: a further passphrase (`kind` SLOT_PASSPHRASE) or recovery secret (16 bytes), authorised by the
 * opened slot `by`, whose statement it appends to `statement` too (for the map). Follow with header_seal_roots. */
MUST_CHECK err_t header_add_slot(struct header *h, const struct slot *by, enum slot_kind kind, struct span secret,
                                 const struct kdf_params *kdf, int64_t now, uint8_t ret_id[ID_LEN],
                                 struct buf *statement);
/* header_remove_slot: the opened slot `by` removes slot `id`; ERR_LIMIT: it is the last human slot. */
MUST_CHECK err_t header_remove_slot(struct header *h, const struct slot *by, const uint8_t id[ID_LEN], int64_t now,
                                    struct buf *statement);
/* header_seal_roots: seals the ring's first and newest root to every slot that counts, in place of what was sealed. */
MUST_CHECK err_t header_seal_roots(struct header *h, const struct keyring *k);
/* header_merge: takes over the statements, wrapped slots and hints that `other`, a header of the same vault, has more
 * of; not its sealed roots, which header_seal_roots makes anew. *ret_changed: something came. ERR_INVAL: another vault.
 */
MUST_CHECK err_t header_merge(struct header *h, const struct header *other, bool *ret_changed);
/* Recovery key as text: groups of letters and digits with a checksum per group, case-blind, look-alikes forgiven. */
MUST_CHECK err_t recovery_encode(const uint8_t secret[16], char **ret_text); /* secret_alloc'ed */
/* recovery_decode: ERR_INVAL with a sentence that names the mistyped group ("group 3 is mistyped"). */
MUST_CHECK err_t recovery_decode(const char *text, uint8_t secret[16], struct why *why);

/* SPDX-License-Identifier: MIT
 * The secrets of one unlocked vault: epoch roots and what is derived from them. In the secret allocator; wiped by lock.
 * Thread-safe: epochs are only ever added.
 */
#pragma once

#include "crypto/crypto.h"
#include "vault/keys/epoch_keys.h"

#define KEYRING_NUMBER_MAX 65536u /* of an epoch */
#define KEYRING_CLAIMS_MAX 4096   /* any member can say any: they take no room of what was begun */

struct keyring;
/* keyring_new: an empty keyring of a vault. NULL: out of memory, or an unknown cipher. keyring_freep: wipes; NULL is
 * fine. keyring_cipher, keyring_vault, keyring_genesis: what it was made with. */
struct keyring *keyring_new(enum cipher c, struct id vault_id, struct hash genesis);
void keyring_freep(struct keyring **k);
enum cipher keyring_cipher(const struct keyring *k);
struct id keyring_vault(const struct keyring *k);
struct hash keyring_genesis(const struct keyring *k);
/* keyring_add: the epoch of that number (1, 2, ...) and id (genesis hash for 1), with its root. Two devices may begin
 * one at once, so several may have one number. ERR_EXISTS when known with another root; ERR_INVAL: none of this vault;
 * ERR_LIMIT: a number over 65,536. */
MUST_CHECK err_t keyring_add(struct keyring *k, uint32_t number, struct hash id, const struct key *root);
/* keyring_claim: an epoch root that a header names: read with, but nothing is written under it until keyring_add says
 * that a commit showed it. ERR_EXISTS when known with another epoch root; keyring_add takes the place of a claim.
 * ERR_LIMIT: also with KEYRING_CLAIMS_MAX. */
MUST_CHECK err_t keyring_claim(struct keyring *k, uint32_t number, struct hash id, const struct key *root);

/* A *place* is where an epoch stands among all that are known here, ascending by (number, id): 1, 2, ...; so the newest
 * is the last. It is good until the next epoch is added, which the engine's rounds alone do; what is kept has the
 * number. */
uint32_t keyring_epoch(const struct keyring *k);   /* of the newest that was added, 0: none: what to write under */
uint32_t keyring_claimed(const struct keyring *k); /* of the newest of all, claims included: up to where to read */
/* keyring_from: of the first with that number, or a greater one; over keyring_claimed: none. keyring_find: 0: not
 * known. keyring_number: 0: no such place. */
uint32_t keyring_from(const struct keyring *k, uint32_t number);
uint32_t keyring_find(const struct keyring *k, uint32_t number, struct hash id);
uint32_t keyring_number(const struct keyring *k, uint32_t place);
/* keyring_epoch_id: of the epoch at that place. ERR_NOTFOUND. */
MUST_CHECK err_t keyring_epoch_id(const struct keyring *k, uint32_t place, struct hash *id);
/* keyring_key: an epoch's key of that purpose, a copy that the caller wipes. ERR_NOTFOUND: no such place.
 * keyring_seals: of the newest that was added; any thread, at any time. */
MUST_CHECK err_t keyring_key(const struct keyring *k, uint32_t place, enum key_purpose purpose, struct key *ret);
MUST_CHECK err_t keyring_seals(const struct keyring *k, enum key_purpose purpose, struct epoch_at *ret_at,
                               struct key *ret);
/* keyring_next: any thread, at any time: the keys of all epochs of one number, one after the other: each that was there
 * at the first call is given once, whatever comes between the calls. Begin with { .number }. ERR_NOTFOUND: there are no
 * more. */
struct keyring_turn {
	uint32_t number;
	bool begun;
	struct hash last; /* id of the one before */
};
MUST_CHECK err_t keyring_next(const struct keyring *k, struct keyring_turn *t, enum key_purpose purpose,
                              struct key *ret);
/* keyring_epoch_root: the epoch root itself, for sealing it to slots and into epoch records. */
MUST_CHECK err_t keyring_epoch_root(const struct keyring *k, uint32_t place, struct key *ret);
/* keyring_namehash: the vault's keyed hash of file and xattr names (fixed for the vault's life). Owned by the keyring;
 * NULL until epoch 1 is there. */
const struct namehash *keyring_namehash(const struct keyring *k);
/* keyring_tag: of contents that are no content id (docs/format.md, "Versions"): equal tags are equal contents, and
 * nobody else can make one. ERR_NOTFOUND: epoch 1 is not there. */
MUST_CHECK err_t keyring_tag(const struct keyring *k, struct span contents, struct id *ret);

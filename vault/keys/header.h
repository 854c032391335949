/* SPDX-License-Identifier: MIT
 * The one object with a recognisable name: what turns a passphrase or recovery key into the vault's epoch roots.
 * Layout, genesis, slots, wrapping: docs/format1.md, "Header". Everything in it is checked from genesis; nothing else
 * is trusted. Not thread-safe.
 */
#pragma once

#include "vault/keys/keyring.h"
#include "vault/keys/slot_keys.h"

#define HEADER_MAX (1u << 20) /* bytes of a header object */

struct header; /* decoded and verified */
/* header_new: empty, for header_create. NULL: out of memory. header_freep: NULL is fine. */
struct header *header_new(void);
void header_freep(struct header **h);
/* header_decode: pure; verifies genesis, its signatures and every slot statement. ERR_DAMAGED (foreign or damaged),
 * ERR_VERSION (newer format or unknown feature), with a sentence in `why`. */
MUST_CHECK err_t header_decode(struct span bytes, struct header **ret, struct why *why);
/* header_encode: appends; a pure function of what the header holds. ERR_LIMIT: over HEADER_MAX bytes. */
MUST_CHECK err_t header_encode(const struct header *h, struct buf *out);
/* header_version_check: whether a header of that version is opened, of one that is whole: an older one and a newer one
 * have each their own sentence. ERR_VERSION; ERR_DAMAGED: it has none. */
MUST_CHECK err_t header_version_check(unsigned version, struct why *why);
/* What these give is owned by `h`. */
struct id header_vault(const struct header *h);
struct hash header_genesis(const struct header *h);
/* header_first_stream / header_first_device: of the device that made the vault (in genesis). */
struct id header_first_stream(const struct header *h);
struct id header_first_device(const struct header *h);
const uint8_t *header_first_device_key(const struct header *h); /* its Ed25519 key (32) */
/* header_joins, header_set_joins: a hint, not proven: how many join mailboxes were in use. */
uint64_t header_joins(const struct header *h);
void header_set_joins(struct header *h, uint64_t joins);
/* header_slot_key: the Ed25519 key of a human slot that the header's genesis or statements prove. ERR_NOTFOUND. */
MUST_CHECK err_t header_slot_key(const struct header *h, struct id slot, uint8_t sign_key[32]);

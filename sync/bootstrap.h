/* SPDX-License-Identifier: MIT
 * The first commit of a new vault, and opening an existing one from the store alone.
 */
#pragma once

#include "sync/sync.h"
#include "vault/keys/create.h"
#include "vault/objects/applied.h"

struct bootstrap {
	struct store *store;
	struct map *map; /* fresh */
	struct keyring *keyring;
	struct sync_members members;
	const struct create *made;      /* of a new vault: what its first commit has beside the root */
	const struct signer_mine *slot; /* who lets this device in that joins */
	const struct applied *invited;  /* without a slot: what the device had that let this one in */
	const char *device_name;
	const struct slot_keeper *slots; /* is told once who joins has read all; NULL: nobody */
	struct clock clock;
	void (*progress)(void *ctx, uint64_t done, uint64_t total); /* bytes; optional */
	void *ctx;
};
static inline struct sync_config bootstrap_config(const struct bootstrap *b)
{
	struct sync_config c = { .store = b->store, .map = b->map, .keyring = b->keyring, .clock = b->clock };
	c.members = b->members;
	c.slots = b->slots;
	return c;
}
/* bootstrap_fresh: the engine's first state: nothing is applied, no stream has begun. */
MUST_CHECK err_t bootstrap_fresh(const struct bootstrap *b);
/* bootstrap_create: the root directory and this device's records as commit 1 of the vault, and the first head, on the
 * store. The header is PUT last by the caller: without it there is no vault. Everything is persisted before it is PUT.
 */
MUST_CHECK err_t bootstrap_create(const struct bootstrap *b, struct why *why);

/* SPDX-License-Identifier: MIT
 * `cloudseal join`: by a slot of the header, or by an invitation (join_invited.h).
 */
#pragma once

#include "cli/secrets/unlock.h"
#include "cli/ui/options.h"
#include "cli/vaults/new_vault.h"
#include "cli/vaults/resume.h"
#include "vault/objects/invitation_reply.h"

struct joining { /* one try */
	const struct options *o;
	struct new_vault *v;
	struct header header;
	struct unlock_slot slot;       /* who lets this device in; by an invitation nobody here */
	struct invitation_reply reply; /* of an invitation */
	struct keyring *keyring;       /* likewise */
	struct resumed at;             /* what is there of this device: its map last */
};
int command_join(const struct options *o);
/* join_vault: the same without a word when it is done; `v` is the caller's to close, also on failure, and the vault's
 * lock with it. */
int join_vault(const struct options *o, struct new_vault *v);

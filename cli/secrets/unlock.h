/* SPDX-License-Identifier: MIT
 * From a store and a person to an opened vault: the header, and the secret that opens it.
 */
#pragma once

#include "cli/secrets/secret_input.h"
#include "cli/ui/options.h"
#include "cli/vaults/conf.h"
#include "vault/keys/header.h"

/* unlock_header_from: the store's header object, verified. ERR_DAMAGED when there is none: that place is no vault. */
MUST_CHECK err_t unlock_header_from(struct store *s, struct header **ret, struct why *why);

/* Where the secret of a vault comes from. */
struct unlock_source {
	const struct secret_options *options;
	const struct conf *conf;
	const char *name; /* of the vault, in prompts */
};
/* unlock_from: the passphrase's source, as options and settings say. */
struct secret_from unlock_from(const struct unlock_source *s);

struct unlocked {
	struct keyring *keyring;
	struct slot *slot;
};
/* unlocked_free: wipes both. */
void unlocked_free(struct unlocked *u);
/* unlock_open: asks for the passphrase (or recovery key, --recovery), three times when a person types. ERR_WRONGKEY
 * also for a mistyped recovery key, with the group in `why`. */
MUST_CHECK err_t unlock_open(const struct header *h, const struct unlock_source *s, struct unlocked *ret,
                             struct why *why);

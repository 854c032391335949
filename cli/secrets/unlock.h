/* SPDX-License-Identifier: MIT
 * From a store and a person to an opened vault: the header, and the secret that opens it.
 */
#pragma once

#include "cli/vaults/local.h"
#include "cli/ui/options.h"
#include "cli/secrets/secret_input.h"

/* unlock_header_from: the store's header object, verified. ERR_DAMAGED when there is none: that place is no vault. */
MUST_CHECK err_t unlock_header_from(struct store *s, struct header **ret, struct why *why);
/* unlock_open: asks for the passphrase (or recovery key, --recovery) as options and settings say, three times when a
 * person types. ret_slot is optional. ERR_WRONGKEY also for a mistyped recovery key, with the group in `why`. */
MUST_CHECK err_t unlock_open(const struct header *h, const struct options *o, const struct conf *c, const char *name,
                             struct keyring **ret_ring, struct slot **ret_slot, struct why *why);
/* unlock_from: where this command's passphrase comes from. */
struct secret_from unlock_from(const struct options *o, const struct conf *c);

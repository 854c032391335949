/* SPDX-License-Identifier: MIT
 * This device's side of a vault: the sealed map under its local key, and the copy of the store's header.
 */
#pragma once

#include "cache/map.h"
#include "cli/vaults/vaults.h"
#include "vault/keys/keys.h"

/* local_open: the vault's map; `fresh`: with a new salt, in an empty directory. */
MUST_CHECK err_t local_open(const struct vault_dir *v, const struct keyring *keyring, bool fresh, struct map **ret,
                            struct why *why);
/* local_map_close: for cleanup(); says so on stderr when the last commit failed. */
void local_map_close(struct map **m);
/* local_header: the header copy, verified. ERR_NOTFOUND when there is none. */
MUST_CHECK err_t local_header(const struct vault_dir *v, struct header **ret, struct why *why);
/* local_save_header: replaces the copy. */
MUST_CHECK err_t local_save_header(const struct vault_dir *v, const struct header *h, struct why *why);

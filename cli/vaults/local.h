/* SPDX-License-Identifier: MIT
 * This device's side of a vault: the sealed map under its local secret, and the copy of the store's header.
 */
#pragma once

#include "cache/map.h"
#include "cli/vaults/vaults.h"
#include "vault/keys/local_secret.h"
#include "vault/keys/header.h"

/* local_open: the vault's map; `fresh`: in an empty directory. `secret`: out of the file `unlock` or `rescue`. */
MUST_CHECK err_t local_open(const struct vault_dir *v, const struct key *secret, bool fresh, struct map **ret,
                            struct why *why);
/* local_map_close: for cleanup(); says so on stderr when the last commit failed. */
void local_map_close(struct map **m);
/* local_header: the header copy, verified; *ret is the caller's, for header_free. ERR_NOTFOUND when there is none. */
MUST_CHECK err_t local_header(const struct vault_dir *v, struct header *ret, struct why *why);
/* local_header_wanted: the same, for who can do nothing without it: says how it comes back. */
MUST_CHECK err_t local_header_wanted(const struct vault_dir *v, struct header *ret, struct why *why);
/* local_save_header: replaces the copy. */
MUST_CHECK err_t local_save_header(const struct vault_dir *v, const struct header *h, struct why *why);
/* local_of: which vault the local secret is of. */
struct local_at local_of(const struct header *h);

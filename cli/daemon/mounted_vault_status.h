/* SPDX-License-Identifier: MIT
 * The status of a mounted vault as JSON; its members are an interface: docs/cli.md.
 */
#pragma once

#include "cli/daemon/mounted_vault.h"

/* mounted_vault_status: as `status --json` prints it. NULL: out of memory. */
json_t *mounted_vault_status(struct mounted_vault *v);
/* mounted_vault_failure: what the sync engine says; where the store failed, in the store's own words, which say where
 * and why. */
const char *mounted_vault_failure(err_t e, const char *text, const struct store_state *st);

/* SPDX-License-Identifier: MIT */
#pragma once

#include "cli/ui/options.h"
#include "cli/vaults/new_vault.h"

/* command_join: an existing vault on this device. An exit code; what went wrong is printed. */
int command_join(const struct options *o);
/* join_vault: the same without a word when it is done; `v` is the caller's to close, also on failure, and the vault's
 * lock with it. */
int join_vault(const struct options *o, struct new_vault *v);

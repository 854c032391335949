/* SPDX-License-Identifier: MIT
 * How `forget` and `rebuild` begin: what is on this device alone goes with the state of a vault.
 */
#pragma once

#include "cli/ui/options.h"
#include "cli/vaults/vaults.h"

/* give_up: opens and locks the vault that the first argument names; *v is the caller's to close, also on failure. An
 * exit code, what it is for is printed: EXIT_PENDING: something is not uploaded, or nobody knows, and --discard was not
 * said of `command`. */
int give_up(const struct options *o, const char *command, struct vault_dir *v);

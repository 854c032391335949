/* SPDX-License-Identifier: MIT
 * What desktop programs keep of a vault's files outside of it.
 */
#pragma once

#include "cli/ui/options.h"
#include "cli/vaults/vaults.h"

int command_traces(const struct options *o);
/* traces_tell: after a lock, for a person: whether something is left, and how to see more. Takes no longer than a
 * moment. */
void traces_tell(const struct vault_dir *v);

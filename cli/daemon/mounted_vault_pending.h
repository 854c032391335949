/* SPDX-License-Identifier: MIT
 * What a lock now would leave not uploaded.
 */
#pragma once

#include "cli/daemon/mounted_vault.h"
#include "cli/vaults/last.h"

/* mounted_vault_pending: commits, blocks and buffered writes that are on no store yet. Works while parts are open. */
void mounted_vault_pending(struct mounted_vault *v, struct last *ret);

/* SPDX-License-Identifier: MIT
 * What did not verify or is lacking, and is not put right: the engine's alarms, and damaged files.
 */
#pragma once

#include "cli/daemon/mounted_vault.h"

/* mounted_vault_alarms: a list, the engine's first: members in docs/cli.md. NULL: out of memory. */
json_t *mounted_vault_alarms(struct mounted_vault *v);
/* mounted_vault_damaged: damaged files alone, as the member `damaged`. NULL: out of memory. */
json_t *mounted_vault_damaged(struct mounted_vault *v);

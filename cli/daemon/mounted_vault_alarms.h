/* SPDX-License-Identifier: MIT
 * What did not verify or is lacking, and is not put right: the engine's alarms, and damaged files.
 */
#pragma once

#include "cli/daemon/mounted_vault.h"

/* mounted_vault_alarms: a list, the engine's first: members in docs/cli.md. NULL: out of memory. */
json_t *mounted_vault_alarms(struct mounted_vault *v);
/* mounted_vault_stands: whether `e` is that a file which is damaged on this device and not uploaded keeps all else from
 * being uploaded (vault/changeset/mend.h): its name and what to do, into `why`. */
bool mounted_vault_stands(struct mounted_vault *v, err_t e, struct why *why);
/* mounted_vault_damaged: damaged files alone, as the member `damaged`. NULL: out of memory. */
json_t *mounted_vault_damaged(struct mounted_vault *v);

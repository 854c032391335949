/* SPDX-License-Identifier: MIT
 * What is shown under conflict names, as JSON.
 */
#pragma once

#include "cli/daemon/mounted_vault.h"

/* mounted_vault_conflicts: at and below an inode; 0: of all the vault. An answer of the control socket. */
json_t *mounted_vault_conflicts(struct mounted_vault *v, uint64_t ino);

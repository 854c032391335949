/* SPDX-License-Identifier: MIT
 * What `recovery status` tells a person, for programs: a member of a vault's status.
 */
#pragma once

#include "cli/vaults/vaults.h"

#include <jansson.h>

/* recovery_known: of a mounted vault, or as known here when it was locked; null: the header's copy is missing or
 * damaged, or there is no memory. Nothing counts as seen by a person. */
json_t *recovery_known(const struct vault_dir *v);

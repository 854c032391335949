/* SPDX-License-Identifier: MIT
 * How the devices of a vault are called.
 */
#pragma once

#include "cache/map.h"
#include "vault/tree/build.h"

/* mounted_vault_device: of a stream: the name of its device, or the stream's number. */
void mounted_vault_device(struct map *m, uint64_t stream, char out[CONFLICT_WHO]);
/* mounted_vault_naming: in conflict names; as long as the map is open. */
struct tree_naming mounted_vault_naming(struct map *m);

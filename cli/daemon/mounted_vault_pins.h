/* SPDX-License-Identifier: MIT
 * The requests about one inode's tree: pin, unpin, and what of it is on this device. Each returns the final answer.
 */
#pragma once

#include "cli/daemon/mounted_vault.h"

/* mounted_vault_pin: pins, then fetches what is missing, with progress for the peer. */
json_t *mounted_vault_pin(struct mounted_vault *v, uint64_t ino, struct control_peer *peer);
/* mounted_vault_unpin: takes the pins at and under it away. */
json_t *mounted_vault_unpin(struct mounted_vault *v, uint64_t ino);
/* mounted_vault_space: how much of it is here, on the store, and in memory. */
json_t *mounted_vault_space(struct mounted_vault *v, uint64_t ino);

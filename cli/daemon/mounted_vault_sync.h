/* SPDX-License-Identifier: MIT
 * The request to wait until everything is on the store.
 */
#pragma once

#include "cli/daemon/mounted_vault.h"

/* mounted_vault_sync: sends progress to the peer while it waits; the final answer. */
json_t *mounted_vault_sync(struct mounted_vault *v, const struct control_request *r, struct control_peer *peer);

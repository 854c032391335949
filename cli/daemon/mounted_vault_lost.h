/* SPDX-License-Identifier: MIT
 * Requests about what the cloud lost for good (sync/lost.h).
 */
#pragma once

#include "cli/daemon/mounted_vault.h"

/* mounted_vault_lost: r->key says what:
 *   list      {"lost": {"commits": [...], "contents": {...}}, "given_up": likewise, "token": what could be given up, or
 *             null}
 *   look      the same, once the cloud was asked again
 *   give-up   r->value: that token
 */
json_t *mounted_vault_lost(struct mounted_vault *v, const struct control_request *r);

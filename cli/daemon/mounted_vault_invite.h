/* SPDX-License-Identifier: MIT
 * Requests about an invitation (sync/members/invite.h).
 */
#pragma once

#include "cli/daemon/mounted_vault.h"

/* mounted_vault_invite: r->key says what:
 *   begin   {"code", "until": s, "again"}
 *   look    {"open", "asked": {"name", "number", "request"}}; without "asked": nobody is there yet
 *   admit   r->value: that request. {"answered"}: false: the answer goes when the cloud can be reached
 *   end     {}
 */
json_t *mounted_vault_invite(struct mounted_vault *v, const struct control_request *r, struct control_peer *peer);

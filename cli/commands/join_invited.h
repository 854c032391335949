/* SPDX-License-Identifier: MIT
 * Joining by the code of an invitation, up to what opens the vault.
 *
 *   header, code, offer      nothing is kept
 *   passphrase, then `invited`: seed and name of this device, durable (cli/vaults/invited_file.h)
 *   request                  on the store: from here on a try that ends is gone on with by the same command
 *   reply                    mix key, roots, the inviter's positions
 *   then as any join         the reply stays on the store until this device has published
 *
 * Who is killed anywhere: the staging stays, and the same code goes on there; with another code it is begun anew.
 */
#pragma once

#include "cli/commands/join.h"

/* join_invited: fills in `j`: local secret, who this device is, keyring and what the inviter had. */
MUST_CHECK err_t join_invited(struct joining *j, struct why *why);

/* SPDX-License-Identifier: MIT
 * The recovery key of a mounted vault: requests about it, and what this device keeps for it.
 */
#pragma once

#include "cli/daemon/mounted_vault.h"

/* mounted_vault_recovery: which key is in force, and what would take its place; `shown`: a person sees that. */
json_t *mounted_vault_recovery(struct mounted_vault *v, bool shown);
/* mounted_vault_recovery_new: this device says that the slot of the offer (vault/keys/recovery_slot.h, in hex) takes
 * the place of the one in force. mounted_vault_recovery_veto: a statement by which the key in force objects. */
json_t *mounted_vault_recovery_new(struct mounted_vault *v, const char *offer);
json_t *mounted_vault_recovery_veto(struct mounted_vault *v, const char *statement);
/* mounted_vault_slots: for the engine: `rescue` is for the slot in force, and the header's copy has what opens it. */
struct slot_keeper mounted_vault_slots(struct mounted_vault *v);

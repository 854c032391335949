/* SPDX-License-Identifier: MIT
 * Is it on the store? The engine's answer (sync/saved.h), with what the file system holds in buffers.
 */
#pragma once

#include "cli/daemon/mounted_vault.h"
#include "cli/vaults/last.h"

/* mounted_vault_saved: works while parts are open; without an engine the answer is no. */
void mounted_vault_saved(struct mounted_vault *v, struct saved *ret);
/* mounted_vault_last: the same, as it is remembered of a locked vault, with the number of files; alarms stay as they
 * are. mounted_vault_last_alarms: those that are open; while all parts are. */
void mounted_vault_last_alarms(struct mounted_vault *v, struct last *ret);
void mounted_vault_last(struct mounted_vault *v, const struct saved *s, struct last *ret);
/* mounted_vault_lacks: names of the reasons why not. */
json_t *mounted_vault_lacks(const struct saved *s);

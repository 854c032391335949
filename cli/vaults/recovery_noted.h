/* SPDX-License-Identifier: MIT
 * recovery.json in the state directory: when somebody showed last that they have the vault's recovery key, and when
 * they were reminded of it. Public; nothing depends on it but words.
 */
#pragma once

#include "cli/vaults/vaults.h"
#include "util/id.h"

struct recovery_noted {
	struct id slot;   /* whose key that was; ID_ZERO: nobody showed one here */
	int64_t checked;  /* s since 1970; 0: never */
	int64_t reminded; /* likewise */
	struct id before; /* the one that was shown before it: in force again when its replacement is refused */
	int64_t before_checked;
};
/* recovery_noted_read: a missing or malformed file is one that says nothing. */
void recovery_noted_read(const struct vault_dir *v, struct recovery_noted *ret);
/* recovery_noted_write: atomic, durable. */
MUST_CHECK err_t recovery_noted_write(const struct vault_dir *v, const struct recovery_noted *n, struct why *why);
/* recovery_noted_checked: the key of `slot` was shown now. */
MUST_CHECK err_t recovery_noted_checked(const struct vault_dir *v, struct id slot, int64_t now, struct why *why);
/* recovery_noted_of: pure: when the key of `slot` was shown; 0: never. */
int64_t recovery_noted_of(const struct recovery_noted *n, struct id slot);
/* recovery_noted_due: pure: whether it is time for a reminder: the key of `slot`, which was made at `made`, was not
 * shown for a year, and nobody was reminded for a month. A clock that was set back makes it due early. */
bool recovery_noted_due(const struct recovery_noted *n, struct id slot, int64_t made, int64_t now);

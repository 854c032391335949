/* SPDX-License-Identifier: MIT
 * The file `invited` of a vault that is being joined by an invitation: who this device asks to be, kept so that a try
 * that ended goes on with the same request. Sealed under the local secret, which the file `unlock` gives; it goes when
 * the vault is joined.
 *
 *   version(u8: 1) of the code(16) envelope: seed(32) name(1..64)
 */
#pragma once

#include "cli/vaults/vaults.h"
#include "vault/objects/invitation_request.h"

struct invited {
	struct key seed;
	char name[INVITATION_NAME_MAX + 1];
};
void invited_wipe(struct invited *i);
/* invited_file_is: there is one, of this code and vault. */
bool invited_file_is(const struct vault_dir *v, const struct invitation *of);
/* invited_file_save: whole and durable. invited_file_load: ERR_WRONGKEY, ERR_DAMAGED, ERR_NOTFOUND, with a sentence.
 * invited_file_drop: it may be gone. */
MUST_CHECK err_t invited_file_save(const struct vault_dir *v, const struct invitation *of, const struct key *local,
                                   const struct invited *i, struct why *why);
MUST_CHECK err_t invited_file_load(const struct vault_dir *v, const struct invitation *of, const struct key *local,
                                   struct invited *ret, struct why *why);
void invited_file_drop(const struct vault_dir *v);

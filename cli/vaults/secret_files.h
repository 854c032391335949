/* SPDX-License-Identifier: MIT
 * The files `unlock` and `rescue` of a vault's state directory: the local secret, which seals all else there
 * (vault/keys/local_secret.h).
 */
#pragma once

#include "cli/vaults/vaults.h"
#include "vault/keys/local_secret.h"

/* secret_files_passphrase: writes `unlock`: whole and durable, or the one before stays. So a passphrase is set, and
 * changed. secret_files_rescue: the same of `rescue`, for the recovery slot in force. */
MUST_CHECK err_t secret_files_passphrase(const struct vault_dir *v, const struct local_at *at,
                                         const struct wrap2_secret *passphrase, const struct key *local,
                                         struct why *why);
MUST_CHECK err_t secret_files_rescue(const struct vault_dir *v, const struct local_at *at, const struct box2_to *slot,
                                     const struct key *local, struct why *why);
/* secret_files_unlock: by this device's passphrase. ERR_WRONGKEY; ERR_NOTFOUND, ERR_DAMAGED: the file is missing or
 * damaged, so that the recovery key has to open it. secret_files_recover: by the recovery slot, opened; ERR_WRONGKEY:
 * it is not the one in force when the file was written. A sentence in `why` for each. */
MUST_CHECK err_t secret_files_unlock(const struct vault_dir *v, const struct local_at *at, struct span passphrase,
                                     struct key *ret, struct why *why);
MUST_CHECK err_t secret_files_recover(const struct vault_dir *v, const struct local_at *at,
                                      const struct signer_mine *slot, struct key *ret, struct why *why);

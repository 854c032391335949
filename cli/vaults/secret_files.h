/* SPDX-License-Identifier: MIT
 * The files `unlock` and `rescue` of a vault's state directory: the local secret, which seals all else there
 * (vault/keys/local_secret.h).
 *
 * `unlock` is changed in steps, and whatever ends them, one of the two opens:
 *   1. the new one is durable as `unlock.other`
 *   2. the two change names, in one step; durable
 *   3. `unlock.other`, which is the old one now, is overwritten with zeros, and removed
 * A copy that the file system or the disk keeps elsewhere (snapshots, journals, flash) is out of reach. What a crash
 * leaves of it goes at the next mount or change. Where two files cannot change names the old one is removed alone.
 */
#pragma once

#include "cli/vaults/vaults.h"
#include "vault/keys/local_secret.h"

/* secret_files_passphrase: writes `unlock`: whole and durable, or the one before stays. So a passphrase is set, and
 * changed; no lock of the vault is needed. ERR_BUSY: another process is about it. secret_files_rescue: whole and
 * durable, too: `rescue`, for the recovery slot in force. */
MUST_CHECK err_t secret_files_passphrase(const struct vault_dir *v, const struct local_at *at,
                                         const struct wrap_secret *passphrase, const struct key *local,
                                         struct why *why);
MUST_CHECK err_t secret_files_rescue(const struct vault_dir *v, const struct local_at *at, const struct box_to *slot,
                                     const struct key *local, struct why *why);
/* secret_files_rescue_next: of a slot that comes into force: whole and durable beside `rescue`.
 * secret_files_rescue_take: it takes the place of that. Until then either opens (slot_files.h). */
MUST_CHECK err_t secret_files_rescue_next(const struct vault_dir *v, const struct local_at *at,
                                          const struct box_to *slot, const struct key *local, struct why *why);
MUST_CHECK err_t secret_files_rescue_take(const struct vault_dir *v, struct why *why);
/* secret_files_tidy: what a change that was ended left of the one before goes, unless another is under way. */
void secret_files_tidy(const struct vault_dir *v);
/* secret_files_unlock: by this device's passphrase. ERR_WRONGKEY; ERR_NOTFOUND, ERR_DAMAGED: the file is missing or
 * damaged, so that the recovery key has to open it. secret_files_recover: by the recovery slot, opened; ERR_WRONGKEY:
 * it is not the one in force when the file was written. A sentence in `why` for each. */
MUST_CHECK err_t secret_files_unlock(const struct vault_dir *v, const struct local_at *at, struct span passphrase,
                                     struct key *ret, struct why *why);
MUST_CHECK err_t secret_files_recover(const struct vault_dir *v, const struct local_at *at,
                                      const struct signer_mine *slot, struct key *ret, struct why *why);

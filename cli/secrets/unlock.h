/* SPDX-License-Identifier: MIT
 * From a store and a person to the keys of a vault. On a device that has it, this device's passphrase gives the local
 * secret, or the recovery key does. On one that joins, a slot of the header is opened, by the recovery key or by a
 * portable passphrase.
 */
#pragma once

#include "cli/secrets/secret_input.h"
#include "cli/ui/options.h"
#include "cli/vaults/conf.h"
#include "cli/vaults/secret_files.h"
#include "vault/keys/header_open.h"
#include "vault/keys/recovery.h"

/* unlock_header_from: the store's header object, verified; *ret is the caller's, for header_free. ERR_DAMAGED when
 * there is none: that place is no vault. */
MUST_CHECK err_t unlock_header_from(struct store *s, struct header *ret, struct why *why);

/* unlock_header_at: of the store that these settings name; for somebody who waits. */
MUST_CHECK err_t unlock_header_at(const struct conf *c, struct header *ret, struct why *why);

/* Where the secret of a vault comes from. */
struct unlock_source {
	const struct secret_options *options;
	const struct conf *conf;
	const char *name; /* of the vault, in prompts */
};
/* unlock_from: the passphrase's source, as options and settings say. */
struct secret_from unlock_from(const struct unlock_source *s);
/* unlock_by_recovery: the recovery key is to open it. */
static inline bool unlock_by_recovery(const struct unlock_source *s)
{
	return s->options->recovery || s->options->recovery_file;
}

/* unlock_local: the local secret of a vault that is on this device, *ret is secret_alloc'ed: asks for the passphrase
 * (or recovery key, --recovery), three times when a person types. ERR_WRONGKEY also for a mistyped recovery key, with
 * the group in `why`; errors of secret_files_unlock and secret_files_recover. */
MUST_CHECK err_t unlock_local(const struct vault_dir *v, const struct header *h, const struct unlock_source *s,
                              struct key **ret, struct why *why);

/* unlock_code: the code of an invitation, RECOVERY_LEN bytes: asked for three times when a person types. ERR_WRONGKEY
 * when it is mistyped, with the group in `why`. */
MUST_CHECK err_t unlock_code(const struct unlock_source *s, uint8_t ret[RECOVERY_LEN], struct why *why);

struct unlock_slot { /* unlock_slot_free wipes */
	struct header_opened opened;
	struct secret_text passphrase; /* that opened it; of a recovery key nothing */
};
void unlock_slot_free(struct unlock_slot *u);
/* unlock_recovery_try: asks for the recovery key as these do, and tries it on each of `n` headers of the vault. *ret:
 * the slot that it opened last, for secret_freep. ERR_WRONGKEY: it opens none of them. */
struct unlock_tried {
	const struct header *h; /* NULL: there is none; `e` stays as it is */
	err_t e;                /* how that went */
};
MUST_CHECK err_t unlock_recovery_try(const struct unlock_source *s, struct unlock_tried *at, size_t n,
                                     struct signer_mine **ret, struct why *why);
/* unlock_slot_open: opens a slot of the header in the same way: by the recovery key, or with --portable-passphrase by
 * that.
 */
MUST_CHECK err_t unlock_slot_open(const struct header *h, const struct unlock_source *s, struct unlock_slot *ret,
                                  struct why *why);

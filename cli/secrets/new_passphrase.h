/* SPDX-License-Identifier: MIT
 * A passphrase that a vault gets on this device: asked twice, and how much work each try of it is.
 */
#pragma once

#include "cli/secrets/unlock.h"
#include "vault/keys/wrap.h"

struct new_passphrase { /* new_passphrase_free wipes */
	struct secret_text text;
	struct kdf_params kdf;
};
void new_passphrase_free(struct new_passphrase *p);
/* new_passphrase_ask: where a person types, up to three times when the two differ: then ERR_WRONGKEY.
 * new_passphrase_ask_from: of the vault `name`, out of another source than its passphrase. */
MUST_CHECK err_t new_passphrase_ask(const struct unlock_source *s, struct new_passphrase *ret, struct why *why);
MUST_CHECK err_t new_passphrase_ask_from(const struct secret_from *from, const char *name, struct new_passphrase *ret,
                                         struct why *why);
/* new_passphrase_of: one that is known already, whose text is taken over. */
MUST_CHECK err_t new_passphrase_of(struct secret_text *text, struct new_passphrase *ret);
/* new_passphrase_set: the file `unlock`, so that it opens this device's state from now on. */
MUST_CHECK err_t new_passphrase_set(const struct new_passphrase *p, const struct vault_dir *v,
                                    const struct local_at *at, const struct key *local, struct why *why);
static inline struct wrap_secret new_passphrase_secret(const struct new_passphrase *p)
{
	return (struct wrap_secret){ SPAN(p->text.p, p->text.len), p->kdf };
}

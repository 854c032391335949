/* SPDX-License-Identifier: MIT
 * Staging that a join, or an init, left which was killed or failed once others may know of its signer: the next join
 * goes on with that one (docs/plan.md, "A crash between two steps"). A second signer would leave a member behind whose
 * seed nobody has.
 */
#pragma once

#include "cli/vaults/new_vault.h"
#include "cli/vaults/own.h"
#include "vault/keys/local_secret.h"

struct resume_by { /* what opens it */
	const struct signer_mine *slot;
	struct span passphrase; /* of a slot that is no recovery key */
};
struct resumed {           /* resumed_free wipes, and closes */
	struct key *local; /* secret_alloc'ed */
	struct map *map;
	struct own own;
};
void resumed_free(struct resumed *r);
/* resume_open: ERR_NOTFOUND: nothing there that is this vault's, opens so, and says that a device joins; nobody knows
 * of what is there. ERR_NOMEM. */
MUST_CHECK err_t resume_open(const struct new_vault *v, const struct local_at *at, const struct resume_by *by,
                             struct resumed *ret);

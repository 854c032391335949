/* SPDX-License-Identifier: MIT
 * Whether a statement is signed: what a roster asks (parts.h). The one part of members that costs: 125 us each, so who
 * derives often remembers the hashes of those that it has looked at.
 */
#pragma once

#include "vault/members/heard.h"

struct signature_of { /* whose statements */
	struct id vault;
	struct hash genesis;
};
/* signature_check: as roster_basis.check; `ctx` is a struct signature_of. ERR_DAMAGED: it is not by that key, or the
 * proof of a JOIN is not by the key that is let in. ERR_NOMEM, ERR_CRYPTO. */
MUST_CHECK err_t signature_check(void *ctx, const struct heard *s, const uint8_t *sign_key);

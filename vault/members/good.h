/* SPDX-License-Identifier: MIT
 * Which statements of a set are good, whom they name, and how they hang together.
 */
#pragma once

#include "vault/members/parts.h"

/* good_find: fills `said` and `signer` of an empty roster: all is kept, nobody is in. What it points to in `said` must
 * live as long. ERR_NOMEM, what `check` answers. */
MUST_CHECK err_t good_find(const struct roster_basis *b, const struct heard *said, size_t n, struct roster *r);
/* good_signer, good_said: the index, or ROSTER_NONE. */
size_t good_signer(const struct roster *r, struct id id);
size_t good_said(const struct roster *r, struct id signer, uint64_t number, struct hash hash);

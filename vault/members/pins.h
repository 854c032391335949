/* SPDX-License-Identifier: MIT
 * Pins, and who is in by what they leave.
 */
#pragma once

#include "vault/members/parts.h"

/* pins_common: of two statements of one signer the last that leads up to both; ROSTER_NONE: none does, or one is that.
 */
size_t pins_common(const struct roster *r, size_t a, size_t b);
/* pins_put: a pin on a signer, beside those that it has. */
void pins_put(struct roster *r, size_t signer, size_t pin);
/* pins_find_in: says of each signer whether it is in. ERR_NOMEM. */
MUST_CHECK err_t pins_find_in(struct roster *r);
/* pins_counts: by what is known so far. */
static inline bool pins_counts(const struct roster *r, size_t said)
{
	return r->said[said].kept && r->signer[r->said[said].signer].in;
}

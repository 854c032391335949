/* SPDX-License-Identifier: MIT
 * The recovery keys that a header names. What it says of those that genesis does not name is a claim, until the map is
 * there (docs/format.md, "Header").
 */
#pragma once

#include "vault/keys/header.h"

struct header_slot {
	struct id id;
	int64_t time;       /* s since 1970: when it was made, as its maker says */
	struct id by;       /* who said so; of genesis: ID_ZERO */
	struct id replaces; /* of genesis: ID_ZERO */
};
struct header_slots {
	struct header_slot v[HEADER_WRAPS_MAX];
	size_t n;
};
/* header_recovery_slots: those that a recovery key can open, that of genesis first. ERR_CRYPTO. */
MUST_CHECK err_t header_recovery_slots(const struct header *h, struct header_slots *ret);
/* header_recovery_last: of these the one that replaces another of them, and that none replaces; NULL: there is none.
 */
const struct header_slot *header_recovery_last(const struct header_slots *l);

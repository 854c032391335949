/* SPDX-License-Identifier: MIT
 * The recovery keys that a header names. What it says of those that genesis does not name is a claim, until the map is
 * there (docs/format.md, "Header").
 */
#pragma once

#include "vault/keys/header2.h"

struct header2_slot {
	struct id id;
	int64_t time;       /* s since 1970: when it was made, as its maker says */
	struct id by;       /* who said so; of genesis: ID_ZERO */
	struct id replaces; /* of genesis: ID_ZERO */
};
struct header2_slots {
	struct header2_slot v[HEADER2_WRAPS_MAX];
	size_t n;
};
/* header2_recovery_slots: those that a recovery key can open, that of genesis first. ERR_CRYPTO. */
MUST_CHECK err_t header2_recovery_slots(const struct header2 *h, struct header2_slots *ret);
/* header2_recovery_last: of these the one that replaces another of them, and that none replaces; NULL: there is none.
 */
const struct header2_slot *header2_recovery_last(const struct header2_slots *l);

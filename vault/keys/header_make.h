/* SPDX-License-Identifier: MIT
 * What the header of a vault should be: a pure function of its records, and of what a header that was found has more
 * (docs/format.md, "Header").
 *
 * Terms
 *   explained  said by the map: a SLOT statement that counts, of a slot that is a member; its wrap; an EPOCH record
 *   found      of the other header: of this genesis, not of a slot that is known to be removed, not signed wrongly; and
 *              not known to the map
 * Invariants
 *   1. All that is explained is in it, and all that is found, up to its limits: making it again of what was made is the
 *      same, so two devices that know the same end with one header, whichever wrote last.
 *   2. When a limit is reached the newest epoch stays, then slots by rank, then older epochs, newest first; then what
 * is found. What comes later goes first.
 */
#pragma once

#include "vault/join/view.h"
#include "vault/keys/header.h"
#include "vault/members/roster.h"

struct header_basis {
	const struct view *records;  /* GENESIS, SLOT, EPOCH */
	const struct roster *roster; /* of all statements that are known */
	struct id vault;
	struct hash genesis;
};
/* header_make: `found`: NULL: none, or it did not decode; of another genesis it is as good as none. *ret is the
 * caller's, for header_free. ERR_NOTFOUND: the records have no such genesis; what the view fails with. */
MUST_CHECK err_t header_make(const struct header_basis *b, const struct header *found, struct header *ret);

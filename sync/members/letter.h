/* SPDX-License-Identifier: MIT
 * What lies in the places of the join mailbox: letters of STATEMENT and DEVICE records (docs/format.md, "Join
 * mailbox"). Unsigned, since statements are; the records come into the map by commits only.
 */
#pragma once

#include "vault/join/records.h"

struct sync;
struct letter_place {
	uint32_t epoch; /* its place in the keyring */
	uint64_t place;
};
/* letter_read: its statements come into the set, and count as shown. ERR_NOTFOUND: the place is free; ERR_DAMAGED and
 * the like: what is there proves nothing. What the store fails with. */
MUST_CHECK err_t letter_read(struct sync *s, const struct letter_place *at);
/* letter_put: these records into the first place from `at` on that has their STATEMENTs already, or is free; `at` moves
 * there. `fresh`: places of what proves nothing are passed over; else they are taken for this letter, damaged. A PUT is
 * read back, since another's may have come later. ERR_LIMIT: no place within many; what the store fails with. */
MUST_CHECK err_t letter_put(struct sync *s, const struct records *letter, struct letter_place *at, bool fresh);
/* letter_hole: whether a place of that epoch before `at` is free, where who reads stops: `at` moves to the first. One
 * that the store did not give out when the letter was PUT may have been. Places that were read need no look. What the
 * store fails with. */
MUST_CHECK err_t letter_hole(struct sync *s, struct letter_place *at);
/* letter_mend: behind a look at every place: statements that no record here has, and that no place showed, are PUT into
 * the first free places of the newest epoch. Who put them there may be gone, and who joins later knows no stream
 * without them. A store that does not take them (asked_untaken) hinders no round: the next such look tries again. What
 * map and store fail with else. */
MUST_CHECK err_t letter_mend(struct sync *s);

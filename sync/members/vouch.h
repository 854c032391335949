/* SPDX-License-Identifier: MIT
 * Whom the recovery key alone let in, the most senior device lets in as well.
 *
 * Else a thief who has that device replaces the recovery key with a pin before these, and nobody is left to be asked
 * (docs/format.md, "The recovery key is replaced"): they are out with that pin. So they stay in, and are asked, since
 * who says the replacement let them in before it. Who is let in for the second time loses nothing by it.
 *
 * With its next commit, so that a join costs no further one; a day later without.
 *
 * Not while a replacement is known that is not settled: whom the former key let in behind its pin is to go with it.
 */
#pragma once

#include "util/error.h"

struct sync;
/* vouch_say: JOIN of whoever is due, into the open set, before it is closed: mostly the next commit of that device
 * carries it. vouch_say_late: where none was made for a day; in a round. What chain_say fails with. */
MUST_CHECK err_t vouch_say(struct sync *s);
MUST_CHECK err_t vouch_say_late(struct sync *s);

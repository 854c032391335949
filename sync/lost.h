/* SPDX-License-Identifier: MIT
 * What the cloud lost for good, as far as it is known here, and giving it up.
 *
 * Terms
 *   lost       commits of a stream, or a stream, of which the vault is known to be incomplete (incomplete.h); contents
 * in segments of which some is neither on the store nor here (core/stored.h) given up   a person was shown exactly
 * that, and said so on this device: no alarm, no read-only mount, no lack of saved.h comes of it any more
 *
 *   LOST --- lost_look: the store was asked again, and answered ---> LOST, shown with its token
 *     ^                                                                   |  lost_give_up with that token
 *     +--- something else is lost, or stands on it by now                 v
 *   a lack of its own <----------------------------------------------- GIVEN UP --- it is here all the same ---> over
 *
 * Invariants
 *   1. What is given up is what was shown: the token is of all that would be, also of what stands on it, and another
 * one changes nothing.
 *   2. Commits that were found only now are not given up: they may be on their way (incomplete.h, "lasts"). Contents
 * are: what names them is stored behind them.
 *   3. What is given up is asked for as before; when it comes it joins as ever.
 *   4. It is durable before the person is told.
 *   5. Others are told nothing: each device that misses it asks its own person (docs/design.md, D137).
 */
#pragma once

#include "sync/core/given.h"

struct lost_commits {
	uint64_t stream; /* its number; 0: not known here */
	struct given is; /* when: 0 while it is not given up; since: 0: it stands on what lasts, and goes with it */
	bool lasts;      /* it can be given up */
};
struct lost_contents {
	uint64_t objects, bytes; /* segments, and their sizes */
};
struct lost {
	struct lost_commits now[LACKS_MAX + GIVEN_MAX], given[GIVEN_MAX];
	size_t n, given_n;
	bool too_many; /* some that stand on it are not in the list: none is given up */
	struct lost_contents contents, contents_given;
	struct id token; /* of what lost_give_up would give up; zero: nothing */
};
/* lost_look: the store is asked now. ERR_TIMEOUT, what the store fails with, with the reason: nothing is known anew.
 * lost_get: what is known. ERR_TIMEOUT: a round goes on for so long. Any thread, no lock held. */
MUST_CHECK err_t lost_look(struct sync *s, unsigned timeout_ms, struct why *why);
MUST_CHECK err_t lost_get(struct sync *s, unsigned timeout_ms, struct lost *ret, struct why *why);
/* lost_give_up: ERR_NOTFOUND: there is nothing; ERR_BUSY: it is not what that token stands for; ERR_LIMIT: too many
 * devices. The caller wakes the engine. */
MUST_CHECK err_t lost_give_up(struct sync *s, struct id token, unsigned timeout_ms, struct why *why);

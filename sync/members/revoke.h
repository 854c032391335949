/* SPDX-License-Identifier: MIT
 * A device is revoked: this one says REVOKE of it (docs/format.md, "Members"). What counts of it is what is applied
 * here, and what another device had applied before it knew.
 *
 * Refused is what would come to nothing, or leave nobody: it is asked of the roster with that statement in it. A
 * recovery slot is no device, and nothing that is said here touches it.
 */
#pragma once

#include "util/error.h"
#include "util/id.h"

#include <stdbool.h>

struct sync;
struct revoke {
	struct id device;
	unsigned timeout_ms; /* for a round that is under way */
};
/* revoke_say: durable on this device, and in the open set: others know when that is uploaded, for which the
 * caller wakes the engine. Any thread, no lock held.
 * ERR_NOTFOUND: no device of that id; ERR_EXISTS: it is no member any more; ERR_INVAL: it is this device; ERR_DENIED:
 * it would not count; ERR_TIMEOUT: a round goes on; what map and chain fail with. */
MUST_CHECK err_t revoke_say(struct sync *s, const struct revoke *what, struct why *why);

/* SPDX-License-Identifier: MIT
 * Opening a vault from the store alone.
 */
#pragma once

#include "sync/bootstrap.h"

/* bootstrap_join: verifies statements, heads and the newest checkpoint, loads it, applies the commits after it, says
 * that b->slot lets this device in, or sees that b->invited did, and that its stream begins, and PUTs that into the
 * mailbox. May be called again after a failure or a crash: on a fresh map, or, once it has said so, on the same one,
 * with the same statements. */
MUST_CHECK err_t bootstrap_join(const struct bootstrap *b, struct why *why);
/* bootstrap_begun: of a map: its device has said who it is, so others may know of it, and it is gone on with. */
bool bootstrap_begun(struct map *m);

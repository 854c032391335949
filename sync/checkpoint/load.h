/* SPDX-License-Identifier: MIT
 * The newest checkpoint into a fresh map. Trust runs: statement, device key, head, manifest, chunks.
 */
#pragma once

#include "sync/bootstrap.h"

/* load_run: the newest that a head of a member names, and that verifies. It must be before the open changeset of the
 * map is opened, which goes on from its lamport. ERR_NOTFOUND: there is none, or none that can be used, which is said:
 * nothing of them is in the map. What fails otherwise has left something there, which is of no use any more. */
MUST_CHECK err_t load_run(struct sync *s, const struct bootstrap *b, struct why *why);

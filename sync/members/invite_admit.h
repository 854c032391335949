/* SPDX-License-Identifier: MIT
 * A person says yes: the device that asks under the open code becomes a member.
 */
#pragma once

#include "util/id.h"

struct sync;
/* invite_admit: the JOIN, the device's record and what is kept of the invitation are one batch, and durable when it
 * returns; the rest goes on by itself (invite_turn.h). Waits for the round that runs. `request`: what the person was
 * shown. ERR_NOTFOUND: no code is open any more; ERR_EXISTS: another request is there by now; ERR_INVAL: this device
 * is no member any more; ERR_FORK, ERR_CANCELED; with a sentence; what store and map fail with. */
MUST_CHECK err_t invite_admit(struct sync *s, struct hash request, struct why *why);
/* invite_answered: whether the reply to that request is on the store, or was fetched. */
bool invite_answered(struct sync *s, struct hash request);

/* SPDX-License-Identifier: MIT
 * What becomes of invitations without a person (invite_record.h): in a round, behind its uploads.
 */
#pragma once

#include "util/error.h"

struct sync;
/* invite_turn: the reply is PUT once the commit that lets the device in is on the store: who reads it finds that. What
 * is over goes. A store that does not take it hinders no round; what the map fails with. */
MUST_CHECK err_t invite_turn(struct sync *s);

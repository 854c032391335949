/* SPDX-License-Identifier: MIT
 * What the store has of our own stream, format 2.
 */
#pragma once

#include "sync/core/config.h"

/* own2_check: the store must hold nothing of our stream that we did not write: else this state goes on as a new stream
 * (members/incarnation2.h), or the engine stops. Once an opening: then own_checked is true. What the network fails
 * with. */
MUST_CHECK err_t own2_check(struct sync *s);

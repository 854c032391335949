/* SPDX-License-Identifier: MIT
 * A state that goes on as a new stream has stamps whose dots are commits of its former one, which it never made, or
 * lost (members/incarnation.h). Its commits must stand on these.
 */
#pragma once

#include "sync/core/state.h"

struct sync;
/* former_fill: behind a pull that found all there is: what the former stream still lacks up to that dot is made: each
 * a commit that says nothing, under its hash, so that it takes nobody's place. Where the store does not show what is to
 * be followed that is named, and ERR_OK: incarnation_may stays false. What store and map fail with. */
MUST_CHECK err_t former_fill(struct sync *s);

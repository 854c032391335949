/* SPDX-License-Identifier: MIT
 * Who joins by an invitation knows what the inviter had, so an older state of the store shows.
 */
#pragma once

#include "util/error.h"

struct applied;
struct sync;
/* invited_check: behind a pull: this device is a member by what was pulled, and nothing is missing of what the inviter
 * had applied. ERR_DAMAGED, with a sentence. */
MUST_CHECK err_t invited_check(struct sync *s, const struct applied *had, struct why *why);

/* SPDX-License-Identifier: MIT
 * From our tip to the chosen one.
 */
#pragma once

#include "sync/core/ops.h"

struct sync;
/* apply_choice: goes to the tip that the chain's rule chooses. */
MUST_CHECK err_t apply_choice(struct sync *s, bool *ret_moved);

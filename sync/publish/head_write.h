/* SPDX-License-Identifier: MIT
 * Our head.
 */
#pragma once

#include "sync/core/ops.h"

struct sync;
/* head_write: nothing is done while an own commit is not on the store. */
MUST_CHECK err_t head_write(struct sync *s);

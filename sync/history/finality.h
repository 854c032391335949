/* SPDX-License-Identifier: MIT
 * What may be forgotten.
 */
#pragma once

#include "sync/core/ops.h"

struct sync;
/* finality_run: moves the base up to where everyone follows us, and forgets what lies below. */
MUST_CHECK err_t finality_run(struct sync *s);

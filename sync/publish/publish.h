/* SPDX-License-Identifier: MIT
 * Own commits.
 */
#pragma once

#include "sync/core/ops.h"

struct sync;
/* publish_finish: the commit of what was closed, if anything was. */
MUST_CHECK err_t publish_finish(struct sync *s);

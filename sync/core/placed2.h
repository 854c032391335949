/* SPDX-License-Identifier: MIT
 * Where blocks are follows from the segments that list them, whoever made these.
 */
#pragma once

#include "sync/core/ops.h"

/* placed2_put: of a published record that is new or changed: if it is a SEGMENT, the places of its blocks (REC_PLACED),
 * to be put with it. One whose facts say nothing (or nothing that can be) has none. ERR_NOMEM. */
MUST_CHECK err_t placed2_put(struct ops *o, struct span key, struct span value);

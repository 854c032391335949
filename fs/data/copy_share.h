/* SPDX-License-Identifier: MIT
 * Contents are copied by sharing them. A copy onto nothing is a child of the source, whatever its size, or
 * the same block; other ranges share extents.
 */
#pragma once

#include "fs/data/copy_blocks.h"

/* copy_share: c->out has other contents; its size is the caller's. ERR_INVAL: nothing can be shared; ERR_LIMIT: a group
 * is full. */
MUST_CHECK err_t copy_share(struct change *t, struct copy *c);

/* SPDX-License-Identifier: MIT
 * Whether two sets of changes made from the same map can be applied one after the other, in either order, to the same
 * end and to a tree that holds together. Then unpublished changes simply follow another device's commit.
 */
#pragma once

#include "sync/core/delta.h"

/* merge_compatible: *ret false: they touch the same record, file, directory or block, or both move directories. */
MUST_CHECK err_t merge_compatible(const struct delta *ours, const struct delta *theirs, bool *ret);

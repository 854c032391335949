/* SPDX-License-Identifier: MIT
 * Versions of a file in the shown tree.
 */
#pragma once

#include "vault/act/act.h"

/* versions_find: of those that nobody replaced, shown or not. NULL: not among them. Of no file: none. */
MUST_CHECK err_t versions_find(struct act *a, uint64_t ino, struct version_id id, const struct tree_version **ret);
/* versions_equal: adds those that are shown, or not only because they equal one that is, and have this tag. */
MUST_CHECK err_t versions_equal(struct act *a, uint64_t ino, struct id tag, struct version_set *ret);

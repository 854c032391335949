/* SPDX-License-Identifier: MIT
 * A link is removed: for the life that it has here, and if it is the last one of a file, with the versions shown.
 */
#pragma once

#include "vault/act/act.h"

/* removal_put: `by`, if not NULL: the link that came in its place by the move `stamp`; the removal holds while that has
 * no other life (its life here is not looked at). */
MUST_CHECK err_t removal_put(struct act *a, uint64_t ino, uint64_t lid, struct stamp stamp, const struct partner *by);
/* removal_hidden: the links that are shown as `e`. */
MUST_CHECK err_t removal_hidden(struct act *a, const struct tree_entry *e);

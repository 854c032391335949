/* SPDX-License-Identifier: MIT
 * Settling (docs/join.md, section 4.0): what is shown otherwise than recorded and leans on what changes is written down
 * as it is shown. Nothing that is shown changes by it, and a concurrent move or removal is not beaten by it. All of
 * them: ERR_LIMIT when more has to be written down, one before the other, than anybody but a forger makes.
 */
#pragma once

#include "vault/act/act.h"

/* settle_name: before what is shown there goes or moves. What the tree gave before is not valid any more. *ret: its
 * entry then: a plain one, no sibling, with no derived name, that stands for no others. ERR_LIMIT: more leans on the
 * name than anybody settles at once. */
MUST_CHECK err_t settle_name(struct act *a, const struct spot *at, const struct tree_entry **ret);
/* settle_apart: before the contents of the file become equal to `tag`: what has lost the same name to it, or it to
 * that, and is equal then would vanish behind it. */
MUST_CHECK err_t settle_apart(struct act *a, uint64_t ino, struct id tag);
/* settle_part: before the contents of the file change: links shown as one because of equal contents are one no longer,
 * and a conflict name, which tells the version, stays. */
MUST_CHECK err_t settle_part(struct act *a, uint64_t ino);

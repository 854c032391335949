/* SPDX-License-Identifier: MIT
 * What is taken of a copy with the file that it was split from (docs/join.md, section 4.4). Who removed that file may
 * have known nothing of the copy, which somebody split while settling, at the same time: nobody's wish. So of a copy
 * that nobody moved or linked since it was split (its one link has the life that the split gives it), what removers of
 * the file saw is taken, as it would be if it had not been split. Where who split it knew of such a removal, and the
 * version was shown all the same, the copy's link says that it was removed by one who saw nothing: then nothing is.
 */
#pragma once

#include "vault/tree/copy.h"
#include "vault/tree/parts.h"

/* inherit_find: of all versions, once the records are indexed (index.h). */
MUST_CHECK err_t inherit_find(struct tree *t);
/* inherit_takes: of `v`, which came to the copy that shows it by `path`. Links are as they count. */
bool inherit_takes(const struct tree *t, const struct copy_path *path, const struct tree_version *v);

/* SPDX-License-Identifier: MIT
 * Third step: what is shown at all.
 *   link      removed iff one of its removals counts.
 *   file      shown at its links that are not removed. All links removed, but a version is left that no remover of a
 * last link saw: it is revived, at one link, with the versions that none of them saw. directory shown if it is not
 * removed, or if something in it is shown: then it is revived.
 */
#pragma once

#include "vault/tree/parts.h"

MUST_CHECK err_t live_find(struct tree *t);
/* live_file: of one file alone; `buried` of the directories of its links is set. live_directory: where a link is shown.
 */
MUST_CHECK err_t live_file(struct tree *t, struct inode *n);
struct inode *live_directory(const struct tree *t, const struct tree_link *l);

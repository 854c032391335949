/* SPDX-License-Identifier: MIT
 * Lives of links: a removal holds only for the life that it saw, and what is bound to a link's life must not hang on it
 * when that ends.
 */
#pragma once

#include "vault/act/act.h"

/* lives_confirm: before the link gets a new life: removals by rename and halves of exchanges that are bound to the one
 * it has become a plain removal, a plain place. No such link: nothing to do. */
MUST_CHECK err_t lives_confirm(struct act *a, uint64_t ino, uint64_t lid);
MUST_CHECK err_t lives_confirm_all(struct act *a, const struct tree_entry *e); /* of all members of a directory */
/* lives_begin: a new life, where the link counts now; its removals are void, and what they saw stays away. */
MUST_CHECK err_t lives_begin(struct act *a, uint64_t ino, uint64_t lid);
/* lives_reaffirm: before something leaves the directory: if it is removed and shown only for what is in it, it lives.
 */
MUST_CHECK err_t lives_reaffirm(struct act *a, uint64_t dir);
/* lives_settle_voided: before a directory moves: void moves are written down where they are shown, since without a
 * cycle they would count again. */
MUST_CHECK err_t lives_settle_voided(struct act *a);
/* lives_settle_revived: before a directory is removed no longer, or moves: of a revived file with several links the one
 * in no removed directory is shown; where that depends on this directory, the link that is shown now gets a new life.
 */
MUST_CHECK err_t lives_settle_revived(struct act *a, uint64_t dir);
/* lives_bury: a revived file comes without the versions that its remover saw, also when the removal is void from now
 * on, and of copies that were split from it (heirs.h) the removal is written down. */
MUST_CHECK err_t lives_bury(struct act *a, uint64_t ino);

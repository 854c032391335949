/* SPDX-License-Identifier: MIT
 * Copies and the file that they were split from: who removed that one may have taken their versions
 * (vault/tree/inherit.h), until it or the copy gets a new life.
 */
#pragma once

#include "vault/act/act.h"

/* heirs_kept: a copy of the version `id` of the file `ino` is split, whose first link will be `l`: a removal by one who
 * saw nothing, if some remover of a link saw the version, which is shown all the same. */
MUST_CHECK err_t heirs_kept(struct act *a, uint64_t ino, const struct version_id *id, struct link_rec *l);
/* heirs_confirm: before the file `f` gets a new life: what is taken of its copies only with a removal of it, or of what
 * it was split from, is removed by itself. */
MUST_CHECK err_t heirs_confirm(struct act *a, const struct tree_file *f);

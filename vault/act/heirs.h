/* SPDX-License-Identifier: MIT
 * Copies and the file that they were split from: who removed that one may have taken their versions
 * (vault/tree/inherit.h), until it or the copy gets a new life.
 */
#pragma once

#include "vault/act/act.h"

struct tree_version;
/* heirs_kept: a copy of the version is split, whose first link will be `l`: a removal by one who saw nothing, if some
 * remover of a link of its file, or of what that one was split from, saw the version, which is shown all the same. */
MUST_CHECK err_t heirs_kept(struct act *a, const struct tree_version *v, struct link_rec *l);
/* heirs_confirm: before the file `f` gets a new life: what is taken of its copies only with a removal of it, or of what
 * it was split from, is removed by itself. */
MUST_CHECK err_t heirs_confirm(struct act *a, const struct tree_file *f);

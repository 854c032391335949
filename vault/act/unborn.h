/* SPDX-License-Identifier: MIT
 * What is born and gone within one changeset: made in it by this device, so that nothing published says anything of it.
 */
#pragma once

#include "vault/act/act.h"

/* Who is told of each inode before it goes. */
struct unborn_told {
	err_t (*fn)(void *ctx, uint64_t ino);
	void *ctx;
};
/* unborn_forget: before the changeset is closed, with all that it says in the draft: what was made in it, is shown no
 * more and is named by nothing that is published is never published. Nothing that is shown changes. told: NULL: nobody.
 * among: of these inodes; NULL: of all. unborn_list: which of some were made in it and are shown no more, ascending;
 * for that nothing needs to be in the draft. */
MUST_CHECK err_t unborn_forget(struct act *a, const struct u64s *among, const struct unborn_told *told);
MUST_CHECK err_t unborn_list(struct act *a, const struct u64s *some, struct u64s *ret);
/* unborn_drop: after a name of the file `ino` was taken away: the same of it alone and at once, if nothing that can
 * come before the close makes it otherwise: nobody can give it a name again, and nothing that is void hangs on it.
 * *ret: it went. */
MUST_CHECK err_t unborn_drop(struct act *a, uint64_t ino, bool *ret);

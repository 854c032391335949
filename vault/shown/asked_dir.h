/* SPDX-License-Identifier: MIT
 * What is asked of directories: which are shown, where, and what is in them as a whole.
 */
#pragma once

#include "vault/shown/asked_parts.h"

/* asked_dir_find: by any member. ERR_NOTFOUND: not shown. */
MUST_CHECK err_t asked_dir_find(const struct tree *t, uint64_t ino, struct asked_dir **ret);
MUST_CHECK err_t asked_dir_is_empty(const struct tree *t, uint64_t ino, bool *ret);
MUST_CHECK err_t asked_dir_is_revived(const struct tree *t, uint64_t ino, bool *ret);
MUST_CHECK err_t asked_dir_voided(const struct tree *t, struct tree_inos *ret);
MUST_CHECK err_t asked_dir_hangs_in(const struct tree *t, uint64_t dir, const struct tree_dir *top, bool *ret);
/* asked_dir_cluster: that of the hash of a name; asked_dir_losers, asked_dir_all: read when first asked for (struct
 * asked_dir). */
MUST_CHECK err_t asked_dir_cluster(const struct tree *t, struct asked_dir *d, uint64_t hash, struct tree **ret);
MUST_CHECK err_t asked_dir_losers(const struct tree *t, struct asked_dir *d, struct tree **ret);
MUST_CHECK err_t asked_dir_all(const struct tree *t, struct asked_dir *d, struct tree **ret);
void asked_dir_free(struct asked_dir *d);

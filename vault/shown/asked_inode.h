/* SPDX-License-Identifier: MIT
 * What is asked of an inode by itself.
 */
#pragma once

#include "vault/shown/asked_parts.h"

/* asked_inode: ERR_NOTFOUND: no INODE record. asked_file: the same, and no directory. */
MUST_CHECK err_t asked_inode(const struct tree *t, uint64_t ino, const struct alone **ret);
MUST_CHECK err_t asked_file(const struct tree *t, uint64_t ino, const struct tree_file **ret);
/* asked_is_file: it was read, and is one. So it is not looked for among directories. */
bool asked_is_file(const struct tree *t, uint64_t ino);
MUST_CHECK err_t asked_link(const struct tree *t, uint64_t ino, uint64_t lid, const struct tree_link **ret);
MUST_CHECK err_t asked_bound(const struct tree *t, uint64_t ino, uint64_t lid, struct tree_links *ret);
MUST_CHECK err_t asked_revived(const struct tree *t, struct tree_inos *ret);
MUST_CHECK err_t asked_split_from(const struct tree *t, uint64_t number, uint64_t *ret);

/* SPDX-License-Identifier: MIT
 * First step: the records by inode, links as they count, and versions with the file that shows them.
 */
#pragma once

#include "vault/tree/copy.h"
#include "vault/tree/parts.h"

/* index_records: sorts what was added. */
MUST_CHECK err_t index_records(struct tree *t);
/* index_node: the node of `ino`; NULL. index_link: a link that has a record; NULL. */
struct inode *index_node(const struct tree *t, uint64_t ino);
struct tree_link *index_link(const struct tree *t, uint64_t ino, uint64_t lid);
/* index_links: where the links of `ino` begin, or would. */
const struct tree_link *index_links(const struct tree *t, uint64_t ino);
/* index_first: the first link of a directory. */
struct tree_link *index_first(const struct tree *t, const struct inode *dir);
/* index_more: what few links have; NULL. */
struct more *index_more(const struct tree *t, const struct tree_link *l);
/* index_path: from the file under which a version is recorded to the one that shows it. */
MUST_CHECK err_t index_path(const struct tree *t, const struct tree_version *v, struct copy_path *ret);
/* index_holds: does what is bound to `p` count? */
bool index_holds(const struct tree *t, const struct partner *p);

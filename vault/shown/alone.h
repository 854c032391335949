/* SPDX-License-Identifier: MIT
 * One inode alone as a tree, by the rules of vault/tree: its links and versions are in there as they count among all
 * others, and nothing else is to be asked of it.
 */
#pragma once

#include "vault/shown/dirs.h"
#include "vault/tree/build.h"
#include "vault/tree/copy.h"

struct alone {
	struct tree *t; /* NULL: no INODE record */
	uint64_t ino;
	uint8_t type;
	struct id birth;
	bool more;    /* of a file: SHOWN_SEVERAL */
	bool revived; /* a file of which all links are removed, and one is shown */
};
struct context_path { /* an answer of alone_path */
	bool known;
	struct copy_version version;
	struct copy_path path;
};
void alone_free(struct alone *a);
/* alone_load: ERR_DAMAGED and what the views say. */
MUST_CHECK err_t alone_load(const struct context *c, uint64_t ino, struct alone *ret);
/* alone_path: from the file under which a version is recorded to the one that shows it. */
MUST_CHECK err_t alone_path(const struct context *c, const struct version_rec *v, struct copy_path *ret);

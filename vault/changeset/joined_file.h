/* SPDX-License-Identifier: MIT
 * INODE, SIBLING and VERSION of one inode, joined: where a version stands follows from all that is said of it (fold.h),
 * so they are worked out together.
 */
#pragma once

#include "vault/changeset/said.h"

struct joined_file {
	uint64_t ino;
	/* plain: no set says anything of its versions: SIBLING and VERSION are what is published. */
	bool plain;
	struct records now; /* INODE and, unless it is plain, each SIBLING: as they are shown */
	/* Of VERSION, unless it is plain: what becomes of what is published. What of the sets is published meanwhile is
	 * in here, too: what is gone stays under its key. */
	struct records changes;
};
void joined_file_free(struct joined_file *f);

struct joined;
/* joined_file_read: nothing is moved meanwhile. Fails as joined.h says; `ret` is the caller's to free. */
MUST_CHECK err_t joined_file_read(const struct joined *j, uint64_t ino, struct joined_file *ret);

struct joined_files { /* by number */
	struct joined_file **v;
	size_t n, cap;
};
/* joined_files_find: of those that were read before, or reads it. */
MUST_CHECK err_t joined_files_find(struct joined_files *files, const struct joined *j, uint64_t ino,
                                   const struct joined_file **ret);
void joined_files_free(struct joined_files *files);

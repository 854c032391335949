/* SPDX-License-Identifier: MIT
 * Where the extents of a file are: windows of a content and of its parents, or the one block that the file is. Call
 * with the namespace lock held (either side); a source is good as long as it is.
 */
#pragma once

#include "fs/core/file.h"
#include "vault/windows/chain.h"

struct extent_source {
	struct fs *fs;
	struct change *t; /* as that will leave them; NULL: as they are */
	struct id content;
	struct id block;    /* the file is this block; zero: it is a content */
	uint64_t size;      /* of that file */
	struct chain chain; /* once it is known */
};
/* extent_source_of: of an inode with contents. */
struct extent_source extent_source_of(struct fs *fs, struct change *t, const struct inode *in);
/* extent_source_of_file: of what is flushed of a file. With its lock. */
struct extent_source extent_source_of_file(const struct file *f);
/* extent_source_group: the extents of one group, none if it has no record. ERR_LIMIT: more than `cap`; ERR_DAMAGED,
 * ERR_VERSION, ERR_NOMEM; what the map fails with. */
MUST_CHECK err_t extent_source_group(struct extent_source *s, uint32_t no, struct extent *list, size_t cap,
                                     size_t *ret_n);
/* extent_source_groups: numbers of the groups that have a record, the first ones of a range; free(*ret). Those that
 * `t` adds may be missing. */
struct group_range {
	uint32_t first, last;
	size_t max;
};
MUST_CHECK err_t extent_source_groups(struct extent_source *s, struct group_range range, uint32_t **ret, size_t *ret_n);
/* extent_source_each: fn for each extent that ends after `from`, ascending, until it answers something else than 0:
 * that, or the errno of reading. */
int extent_source_each(struct extent_source *s, uint64_t from, int (*fn)(void *ctx, const struct extent *p), void *ctx);

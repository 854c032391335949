/* SPDX-License-Identifier: MIT
 * Scans of joined records.
 */
#pragma once

#include "vault/changeset/joined.h"

struct joined_range { /* as view.h says */
	struct span prefix, from;
};
/* joined_scan: of a prefix that has an inode at once; of a shorter one in pages of what is published, beside the inodes
 * that the sets say something of, which are noted first. Fails as the views. */
MUST_CHECK err_t joined_scan(const struct joined *j, const struct joined_range *range, view_visit fn, void *arg);

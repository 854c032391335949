/* SPDX-License-Identifier: MIT
 * What was read while something was made ahead, and whether it may have changed since. Of shared records it is told by
 * inode, since those of one are worked out together (vault/changeset/joined_file.h); of local ones by key, or by the
 * prefix that was scanned. Rather a change too many than one too few: keys are kept as hashes.
 */
#pragma once

#include "vault/join/records.h"

struct watch {
	uint64_t *slot; /* a table of hashes; 0: free */
	size_t n, cap;
	uint64_t lengths; /* of prefixes of local keys that were scanned: bit 1 << length */
	bool all;         /* more than can be said, or memory was out */
};
void watch_free(struct watch *w);
/* watch_key: of a shared record, or a local one. */
void watch_key(struct watch *w, struct span key);
/* watch_inode: all shared records of it. */
void watch_inode(struct watch *w, uint64_t ino);
/* watch_keys: all that `keys` says. */
void watch_keys(struct watch *w, const struct records *keys);
/* watch_met: may one of these be among what was read? */
bool watch_met(const struct watch *w, const struct records *keys);

/* A view that notes what is read through it. */
struct watching {
	const struct view *below;
	struct watch *watch; /* NULL: nothing is noted */
};
/* watching_view: as long as `w` lives and stays where it is. */
struct view watching_view(struct watching *w);

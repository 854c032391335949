/* SPDX-License-Identifier: MIT
 * The inodes that an update looks at, as they were before and as they are, and what of them the local records say.
 */
#pragma once

#include "vault/join/records.h"
#include "vault/shown/facts.h"
#include "vault/shown/update.h"

struct unit {
	uint64_t ino;
	struct facts_read was, is;
	bool links_changed, versions_changed; /* LINK, SIBLING of it; true where that is not known */
	bool elsewhere; /* versions are recorded under another, or shown by another; as far as homes.c has come */
	struct facts before, after; /* after: once unit_look was called */
	bool looked;
	struct hanging hanging; /* of a directory that has been looked at */
	struct claimed *now;    /* what it claims in the local records at this time */
	size_t now_n;
};

struct bucket {
	uint64_t dir, hash;
	bool dirs; /* what came or went is a directory */
};
struct buckets {
	struct bucket *v;
	size_t n, cap;
};
/* buckets_sort: ascending, each once. */
void buckets_sort(struct buckets *b);

struct update {
	struct context before, after; /* after.local: the records before, with `out` in front of them */
	const struct shown_change *change;
	struct records *out;
	struct unit **units; /* by number */
	size_t units_n, units_cap;
	struct buckets changed; /* whose NAMES changed, or how many versions are in them */
	struct u64s
	        dirs; /* directories of which something came or went that was the only thing in them: to be looked at */
	bool hangs_changed; /* a directory came, went or moved */
};
void update_end(struct update *u);

/* units_add: of an inode; what it was before is read when it is added. units_find: NULL. */
MUST_CHECK err_t units_add(struct update *u, uint64_t ino, struct unit **ret);
struct unit *units_find(const struct update *u, uint64_t ino);
/* units_one_link, units_one_version: INODE tells all links, or versions, of the file that there are now. */
bool units_one_link(const struct update *u, const struct unit *unit);
bool units_one_version(const struct update *u, const struct unit *unit);
/* units_look: reads what it is now, by the local records as they are. Again when these changed. */
MUST_CHECK err_t units_look(struct update *u, struct unit *unit);
/* units_bucket: notes a bucket as changed. */
MUST_CHECK err_t units_bucket(struct update *u, struct bucket b);

/* units_put, units_gone: a local record; what is said already is not said again. */
MUST_CHECK err_t units_put(struct update *u, struct shown_key key, struct span value);
MUST_CHECK err_t units_gone(struct update *u, struct shown_key key);
/* units_say: one without a value: whether it was there, and is. */
MUST_CHECK err_t units_say(struct update *u, struct shown_key key, bool before, bool after);

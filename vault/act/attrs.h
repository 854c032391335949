/* SPDX-License-Identifier: MIT
 * Attributes, group by group, and extended attributes. They belong to the file: of a sibling, which has those of the
 * file that it stands beside, a change makes a file of its own first.
 */
#pragma once

#include "vault/act/act.h"

struct act_attr {
	enum attr_group group;
	struct span value; /* join/attr.h */
};
struct act_attrs {
	const struct act_attr *v;
	size_t n;
};

/* What is written along with a change of names, with its stamp: times. NULL: nothing. */
struct act_along {
	const struct act_attrs *dir;    /* of the directory where the (first) name comes or goes */
	const struct act_attrs *to_dir; /* of moves: of that of the second name, if it is another */
	const struct act_attrs *file;   /* of what has the (first) name */
	const struct act_attrs *other;  /* of moves: of what has the second name */
};

/* attrs_fill: into the head of an inode, which points to the values. */
void attrs_fill(struct inode_head *h, struct stamp stamp, const struct act_attrs *attrs);
/* attrs_put: of one inode, with this stamp. attrs_put_dir: of a directory, by any member: of all of them; NULL:
 * nothing. attrs_put_entry: of what an entry shows, likewise. */
MUST_CHECK err_t attrs_put(struct act *a, uint64_t ino, struct stamp stamp, const struct act_attrs *attrs);
MUST_CHECK err_t attrs_put_dir(struct act *a, uint64_t dir, struct stamp stamp, const struct act_attrs *attrs);
MUST_CHECK err_t attrs_put_entry(struct act *a, const struct tree_entry *e, struct stamp stamp,
                                 const struct act_attrs *attrs);
/* attrs_set: of what is shown at `at`; of a directory in all members. attrs_set_number: of what has a number.
 * REFUSED_NOENT; REFUSED_BUSY: a derived lost+found. */
MUST_CHECK err_t attrs_set(struct act *a, const struct spot *at, const struct act_attrs *attrs, enum refusal *ret);
MUST_CHECK err_t attrs_set_number(struct act *a, uint64_t number, const struct act_attrs *attrs, enum refusal *ret);

struct act_xattr {
	uint64_t hash; /* keyed hash of the name */
	struct name name;
	bool removed;
	struct span value; /* of a removed one none */
};
/* attrs_set_xattr: sets or removes; whether it was there is the caller's. Refused as attrs_set. */
MUST_CHECK err_t attrs_set_xattr(struct act *a, const struct spot *at, const struct act_xattr *x, enum refusal *ret);
MUST_CHECK err_t attrs_set_xattr_number(struct act *a, uint64_t number, const struct act_xattr *x, enum refusal *ret);

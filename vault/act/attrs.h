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

/* attrs_put: of one inode, with this stamp. */
MUST_CHECK err_t attrs_put(struct act *a, uint64_t ino, struct stamp stamp, const struct act_attrs *attrs);
/* attrs_set: of what is shown at `at`; of a directory in all members. REFUSED_NOENT; REFUSED_BUSY: a derived
 * lost+found. */
MUST_CHECK err_t attrs_set(struct act *a, const struct spot *at, const struct act_attrs *attrs, enum refusal *ret);
/* attrs_set_root: of the root, which has no name. */
MUST_CHECK err_t attrs_set_root(struct act *a, const struct act_attrs *attrs);

struct act_xattr {
	uint64_t hash; /* keyed hash of the name */
	struct name name;
	bool removed;
	struct span value; /* of a removed one none */
};
/* attrs_set_xattr: sets or removes; whether it was there is the caller's. Refused as attrs_set. */
MUST_CHECK err_t attrs_set_xattr(struct act *a, const struct spot *at, const struct act_xattr *x, enum refusal *ret);
MUST_CHECK err_t attrs_set_root_xattr(struct act *a, const struct act_xattr *x);

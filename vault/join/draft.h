/* SPDX-License-Identifier: MIT
 * What an operation, or a changeset, says: a small state, which is what its commit carries, and a view of what is below
 * joined with it, which is what the operation itself reads. Everything is said as a value that joins; what is known
 * below already is not said again, so a whole value may be given where a part of it changed.
 *
 *     struct draft d;
 *     draft_begin(&d, base);
 *     e = shared_link(draft_view(&d), ino, lid, &link);   // base joined with d
 *     ...
 *     e = draft_put_link(&d, &link);
 *     e = join_apply(other, draft_records(&d), &changes); // into another state
 *     draft_end(&d);
 *
 * Not for several threads; stays where it is. After a failure it may have been said in part: the draft is thrown away.
 * Errors: ERR_INVAL: not what a record may hold; ERR_DAMAGED, ERR_VERSION: of what is below; ERR_LIMIT: what is said of
 * a record is more than a commit may carry; ERR_NOMEM; what the view fails with.
 */
#pragma once

#include "vault/join/records.h"

/* Where a draft lies over what is shown, and something is said already (vault/changeset): what the open changeset says.
 */
struct draft_loader {
	/* load: adds all that is said of the inode of `key`, or under `key` if it is of none. */
	err_t (*load)(void *ctx, struct span key, struct records *said);
	void *ctx;
	const struct view *below; /* what that is said of: shown is this, joined with all that is said */
};

struct draft {
	struct records records;   /* what is said */
	struct records_over over; /* what is below joined with it */
	struct view view;         /* of `over` */
	struct records nothing;
	struct view empty;                 /* of `nothing`: what is below when there is no base */
	const struct draft_loader *loader; /* NULL: all that is said is in `records` */
	struct records loaded;             /* what it gave */
	struct records asked;              /* for these keys (an inode is asked for once) */
};
/* draft_begin: base: what is below, as long as the draft lives; NULL: nothing. */
void draft_begin(struct draft *d, const struct view *base);
/* draft_begin_shown: over what is shown. What is said already of an inode comes into `records` when the draft first
 * says something of it, so `records` is the whole of what is said of the inodes that were touched, and what changed of
 * that is told by comparing it with `loaded`. Both as long as the draft lives. */
void draft_begin_shown(struct draft *d, const struct view *shown, const struct draft_loader *loader);
void draft_end(struct draft *d);
static inline const struct view *draft_view(const struct draft *d)
{
	return &d->view;
}
static inline const struct records *draft_records(const struct draft *d)
{
	return &d->records;
}

/* draft_load: what is said already of the inode of `key`, or under `key` if it is of none, is in `records` from now on.
 */
MUST_CHECK err_t draft_load(struct draft *d, struct span key);
/* draft_put_*: joins. head: identity (unless the type is 0) and the attributes that are there. link: place and all
 * under it; without `where` if its directory is 0. version: live or gone, whichever record it stands in. */
MUST_CHECK err_t draft_put_head(struct draft *d, const struct inode_head *h);
MUST_CHECK err_t draft_put_attr(struct draft *d, uint64_t ino, enum attr_group group, struct stamp stamp,
                                struct span value);
MUST_CHECK err_t draft_put_link(struct draft *d, const struct link_rec *l);
MUST_CHECK err_t draft_put_version(struct draft *d, const struct version_rec *v);
MUST_CHECK err_t draft_put_xattr(struct draft *d, const struct xattr_value *x);
/* draft_put_new: a file of which nothing is there, as one record; if INODE is there, part by part. */
struct draft_file {
	const struct inode_head *head;
	const struct link_rec *link;       /* the first */
	const struct version_rec *version; /* NULL: none */
};
MUST_CHECK err_t draft_put_new(struct draft *d, const struct draft_file *f);
/* draft_put: a record as bytes. draft_join: records that may hold versions. */
MUST_CHECK err_t draft_put(struct draft *d, struct span key, struct span value);
MUST_CHECK err_t draft_join(struct draft *d, const struct records *more);
/* draft_replace: a record of no inode, in place of what the changeset says of it: only what it began and nobody else
 * knows (contents that are being written). */
MUST_CHECK err_t draft_replace(struct draft *d, struct span key, struct span value);

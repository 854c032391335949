/* SPDX-License-Identifier: MIT
 * Values joined into the open changeset; the shown tree follows.
 */
#pragma once

#include "vault/act/act.h"

MUST_CHECK err_t put_link(struct act *a, const struct link_rec *l);
MUST_CHECK err_t put_head(struct act *a, const struct inode_head *h);  /* identity, and attributes that are there */
MUST_CHECK err_t put_new(struct act *a, const struct draft_file *f);   /* of which nothing is there */
MUST_CHECK err_t put_attrs(struct act *a, const struct inode_head *h); /* the attributes alone; its type is 0 */
MUST_CHECK err_t put_xattr(struct act *a, const struct xattr_value *x);
/* put_copy_attributes: attributes and xattrs of `from` with their stamps, as those of `to`. */
MUST_CHECK err_t put_copy_attributes(struct act *a, uint64_t from, uint64_t to);
MUST_CHECK err_t put_version(struct act *a, const struct version_rec *v);
/* put_gone: a version, recorded under `home`, is replaced or taken out. No such version: nothing to do. */
MUST_CHECK err_t put_gone(struct act *a, uint64_t home, struct version_id id);
/* put_drop_version: one that was written in this changeset was never there. */
MUST_CHECK err_t put_drop_version(struct act *a, uint64_t home, struct version_id id);

/* SPDX-License-Identifier: MIT
 * Records of files out of a view, as values. Whatever commits joined to is read (docs/format.md, "Kinds"): what breaks
 * a rule is as good as not there. ERR_DAMAGED: not a record at all; ERR_NOMEM; what the view fails with. On failure
 * nothing is given.
 */
#pragma once

#include "vault/join/view.h"
#include "vault/join/xattr_map.h"

/* INODE: what stands in it. */
struct shared_inode {
	struct inode_head head;
	bool has_link,
	        has_version;  /* the root has no link; directories no version, nor files whose versions are all gone */
	struct link_rec link; /* the first */
	struct version_rec version; /* the greatest live one */
};
void shared_inode_free(struct shared_inode *s);
/* shared_inode: ERR_NOTFOUND: not there, or without identity (the root's goes without saying). */
MUST_CHECK err_t shared_inode(const struct view *v, uint64_t ino, struct shared_inode *ret);
/* shared_bare: without attributes. shared_place: identity and link alone, which costs half. */
MUST_CHECK err_t shared_bare(const struct view *v, uint64_t ino, struct shared_inode *ret);
MUST_CHECK err_t shared_place(const struct view *v, uint64_t ino, struct shared_inode *ret);
/* shared_inos: the number of each INODE, ascending; what `fn` answers but for ERR_OK ends it. No call into the view
 * from `fn`. */
typedef err_t (*shared_ino_visit)(void *ctx, uint64_t ino);
MUST_CHECK err_t shared_inos(const struct view *v, shared_ino_visit fn, void *ctx);

struct link_list { /* ascending by link id */
	struct link_rec *v;
	size_t n, cap;
};
void link_list_free(struct link_list *l);
/* shared_link: one link, removed or not. One without `where` is in lost+found, named with the inode's number in 16 hex
 * digits, under the zero stamp. ERR_NOTFOUND. shared_links: all of a file; none: an empty list. */
MUST_CHECK err_t shared_link(const struct view *v, uint64_t ino, uint64_t lid, struct link_rec *ret);
MUST_CHECK err_t shared_links(const struct view *v, uint64_t ino, struct link_list *ret);

struct version_list { /* ascending by id */
	struct version_rec *v;
	size_t n, cap;
};
void version_list_free(struct version_list *l);
/* shared_version: one version that is recorded under `ino`. ERR_NOTFOUND. shared_versions: all, live and gone; of a
 * directory none. */
MUST_CHECK err_t shared_version(const struct view *v, uint64_t ino, struct version_id id, struct version_rec *ret);
MUST_CHECK err_t shared_versions(const struct view *v, uint64_t ino, struct version_list *ret);

/* shared_xattrs: all of a file, removed ones too. */
MUST_CHECK err_t shared_xattrs(const struct view *v, uint64_t ino, struct xattr_list *ret);

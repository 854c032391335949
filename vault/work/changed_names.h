/* SPDX-License-Identifier: MIT
 * Which names of directories stand for something else after a delivery.
 */
#pragma once

#include "vault/work/changes.h"

/* Clusters of names (vault/shown/shown_key.h) that may be shown otherwise. */
struct clusters {
	struct cluster {
		uint64_t dir, hash; /* any member; of any name in it */
	} * v;
	size_t n, cap;
};
void clusters_free(struct clusters *c);
MUST_CHECK err_t clusters_add(struct clusters *c, struct cluster one);
/* clusters_add_links: those in which the file has links, if more than that has to do with them: what is shown there may
 * depend on records that leave all local ones as they are. */
MUST_CHECK err_t clusters_add_links(const struct context *c, const struct tree_file *f, struct clusters *ret);
/* clusters_add_name: that of a name that is shown. */
struct listed {
	uint64_t dir;
	struct span name;
};
MUST_CHECK err_t clusters_add_name(const struct context *c, struct listed at, struct clusters *ret);
/* changed_names_find: adds to `ret`: of those clusters, and of those of which local records changed. */
MUST_CHECK err_t changed_names_find(const struct work_step *s, struct clusters *clusters, struct work_changes *ret);
/* changes_add: ERR_NOMEM. */
MUST_CHECK err_t changes_add(struct work_changes *c, const struct work_change *one);

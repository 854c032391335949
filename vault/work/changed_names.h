/* SPDX-License-Identifier: MIT
 * Which names of directories stand for something else after a delivery.
 */
#pragma once

#include "vault/join/records.h"
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
/* clusters_add_local: those of which local records changed. clusters_add_all: those of `more`. clusters_sort:
 * ascending, each once. clusters_has: of sorted ones. */
MUST_CHECK err_t clusters_add_local(const struct records *local, struct clusters *ret);
MUST_CHECK err_t clusters_add_all(struct clusters *c, const struct clusters *more);
void clusters_sort(struct clusters *c);
bool clusters_has(const struct clusters *c, const struct cluster *one);
/* changed_names_find: adds to `ret`: of these clusters, which ascend. unknown: gets the directories that nobody knows;
 * NULL: nobody asks. */
MUST_CHECK err_t changed_names_find(const struct work_step *s, struct clusters some, struct u64s *unknown,
                                    struct work_changes *ret);

/* SPDX-License-Identifier: MIT
 * What one question read is kept for the next: a stat asks four times of one file, and a path's directories are asked
 * of again and again. One reader has it at a time; who comes meanwhile reads for himself.
 *
 * It holds as long as nothing that is shown changes: what changes it drops it (kept_drop), under the caller's lock,
 * write side, so nobody has it then. Publishing changes nothing that is shown. Nor does a close, but it turns the sets
 * over, and what was begun before would read them in the wrong order (vault/changeset/joined.h): it drops it, too.
 * Devices may be called otherwise at any time: whoever takes it asks again for the names that were told, unless the
 * naming says that they are the same (tree_naming, `at`), and where one is another, or there are many, it is not used.
 * Where a question failed nothing is kept.
 */
#pragma once

#include "vault/changeset/joined_once.h"
#include "vault/shown/context.h"
#include "vault/tree/build.h"

#define KEPT_NAMES 8

struct kept_name { /* what was told, of which device and when */
	struct version_id root;
	int64_t time;
	char who[CONFLICT_WHO];
};
struct work;
struct kept {
	const struct work *w;
	struct joined_once shown;
	struct records got; /* local records that were asked for, each by itself; gone: it is not there */
	struct view local;  /* reads these once; scans, of whole directories, as they are */
	struct context c;
	struct tree_naming naming;
	struct tree *tree;
	struct kept_name names[KEPT_NAMES];
	unsigned names_n;
	bool many;   /* more were told */
	uint64_t at; /* tree_naming's: no name was asked for before it was that */
};
/* kept_take: what is kept, or a new one, in *ret; the caller's until kept_put. ERR_NOMEM. */
MUST_CHECK err_t kept_take(struct work *w, struct kept **ret);
/* kept_put: keep it if it is of use: `good`: nothing failed. */
void kept_put(struct work *w, struct kept *k, bool good);
/* kept_drop: what is shown changed, or where it lies. Caller's lock, write side, or everybody is stopped. */
void kept_drop(struct work *w);

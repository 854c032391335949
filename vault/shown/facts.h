/* SPDX-License-Identifier: MIT
 * One inode as it counts, out of a view. The rules are those of vault/tree, run on a tree of this one inode and what
 * its links are bound to.
 */
#pragma once

#include "vault/shown/context.h"
#include "vault/tree/build.h"
#include "vault/tree/copy.h"

struct claimed {      /* a link that is shown, or hidden behind an equal one */
	uint64_t dir; /* INO_LOST: no other has it */
	struct claim claim;
};
struct facts {
	uint64_t ino;
	uint8_t type;
	struct id birth;
	bool is_dir, is_file; /* neither: no INODE record, or a directory without a place */
	/* of a directory: its link, as it counts */
	bool removed, has_back;
	struct stamp placed;
	uint64_t dir, back_dir;
	struct name name, back_name;
	/* of a file */
	struct claimed *claimed;
	size_t claimed_n, shown_n; /* links, and versions, that are shown */
	bool revived;
};
void facts_free(struct facts *f);
/* facts_load: ERR_DAMAGED and what the view says. */
MUST_CHECK err_t facts_load(const struct context *c, uint64_t ino, struct facts *ret);
/* facts_load_dir: the same; of a file nothing but what it is. Looks at no local records. */
MUST_CHECK err_t facts_load_dir(const struct context *c, uint64_t ino, struct facts *ret);
/* facts_add: of a file: all that is shown of it goes into `t`, plain: no link of those is removed, bound or half of
 * anything, each version is the file's. Links that are not in one of `dirs` (ascending) go to the directory
 * `elsewhere`. */
struct facts_dirs {
	const uint64_t *v;
	size_t n;
	uint64_t elsewhere;
};
MUST_CHECK err_t facts_add(const struct context *c, uint64_t ino, const struct facts_dirs *dirs, struct tree *t);
/* facts_is_dir: may something be in it? lost+found: no. */
MUST_CHECK err_t facts_is_dir(const struct context *c, uint64_t ino, bool *ret);
/* facts_path: from the file under which a version is recorded to the one that shows it. */
MUST_CHECK err_t facts_path(const struct context *c, const struct version_rec *v, struct copy_path *ret);

/* What a directory claims. */
struct hanging {
	uint64_t dir; /* where it hangs */
	bool is_void;
	bool shown; /* not removed, or something is in it */
	struct claim claim;
};
/* facts_hanging: of a directory; f: its facts. */
MUST_CHECK err_t facts_hanging(const struct context *c, const struct facts *f, struct hanging *ret);
/* facts_lost: of lost+found. */
MUST_CHECK err_t facts_lost(const struct context *c, struct hanging *ret);

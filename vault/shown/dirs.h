/* SPDX-License-Identifier: MIT
 * Directories as they count, one by one: what their records say, where they hang. The rules are those of vault/tree.
 */
#pragma once

#include "vault/join/shared.h"
#include "vault/shown/context.h"

struct claimed {      /* a link that is shown, or hidden behind an equal one */
	uint64_t dir; /* INO_LOST: no other has it */
	struct claim claim;
};
struct facts { /* of an inode */
	uint64_t ino;
	uint8_t type;
	struct id birth;
	bool is_dir, is_file; /* neither: no INODE record, or a directory without a place */
	/* of a directory: its link, as it counts */
	bool removed, has_back;
	struct stamp placed;
	uint64_t dir, back_dir;
	struct name name, back_name;
	/* of a file (facts.h) */
	struct version_id version, root; /* of one that has one version and no `more` */
	struct claimed *claimed;
	size_t claimed_n, shown_n; /* links, and versions, that are shown */
	bool revived, more;        /* more: SHOWN_SEVERAL */
	struct u64s copies;        /* of its siblings */
};
/* dirs_load: of a directory all; of a file nothing but what it is. Looks at no local records. Nothing is to be freed.
 */
MUST_CHECK err_t dirs_load(const struct context *c, uint64_t ino, struct facts *ret);
/* dirs_tell: the same of what was read: NULL: nothing is there. */
MUST_CHECK err_t dirs_tell(const struct context *c, uint64_t ino, const struct shared_inode *s, struct facts *ret);
/* dirs_is: may something be in it? lost+found: no. */
MUST_CHECK err_t dirs_is(const struct context *c, uint64_t ino, bool *ret);
/* dirs_stands: is it one, neither the root nor lost+found, and not removed? */
MUST_CHECK err_t dirs_stands(const struct context *c, uint64_t ino, bool *ret);

/* What a directory claims. */
struct hanging {
	uint64_t dir; /* where it hangs */
	bool is_void;
	bool shown; /* not removed, or something is in it */
	struct claim claim;
};
/* dirs_hanging: of a directory; f: its facts. */
MUST_CHECK err_t dirs_hanging(const struct context *c, const struct facts *f, struct hanging *ret);
/* dirs_lost: of lost+found. */
MUST_CHECK err_t dirs_lost(const struct context *c, struct hanging *ret);
/* dirs_buried: is it removed or in one that is, or none? */
MUST_CHECK err_t dirs_buried(const struct context *c, uint64_t dir, bool *ret);
/* dirs_holds: has the link still the life that something is bound to, or is there none? */
MUST_CHECK err_t dirs_holds(const struct context *c, const struct partner *p, bool *ret);

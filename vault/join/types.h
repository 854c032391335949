/* SPDX-License-Identifier: MIT
 * Shared records as values (docs/join.md, section 2; docs/format.md, "Records"): what the codec of this folder reads
 * and writes, what tree/ derives the shown tree from, and what an operation changes.
 *
 * Terms
 *   stamp    when and by whom something was written: (lamport, stream, n). Totally ordered; (stream, n) is the dot, the
 *            commit that carries it. All zero: of genesis, before everything.
 *   life     of a link: stamp of the last move that somebody meant. A removal holds only for the life that it saw.
 *   where    of a link: directory and name, with a stamp of its own when it was written down later than life.
 *   seat     of a link: who wants a name longest. Of links that want one name the greatest seat has it.
 *   version  contents of a file at a time; id, root (id of the first version of its branch), via (the link it was
 *            written through).
 *   gone     a version that was replaced or taken out: history, and the mark that keeps it out.
 *
 * Ownership: a struct with a `_free` owns its arrays; names and ids are inside.
 */
#pragma once

#include "util/id.h"

#define NAME_BYTES 255 /* longest name of a file */
#define INO_ROOT 1     /* root of the vault: no link */
#define INO_LOST 2     /* lost+found: derived, never recorded */
#define LID_FIRST 0    /* a file's first link, the only one of a directory; others are drawn like inode numbers */

struct stamp {
	uint64_t lamport, stream, n;
};
#define STAMP_ZERO ((struct stamp){ 0 })
int stamp_cmp(struct stamp a, struct stamp b);

struct name {
	uint8_t len;
	char b[NAME_BYTES];
};
int name_cmp(const struct name *a, const struct name *b); /* bytes, the shorter first */

/* tag: content id, or keyed hash of what is inline or one block: equal tags are equal contents. */
struct version_id {
	struct stamp stamp;
	struct id tag;
};
int version_id_cmp(struct version_id a, struct version_id b);

struct version_set { /* ascending, no id twice */
	struct version_id *v;
	size_t n, cap;
};

struct seat {
	struct stamp stamp;
	uint32_t handed_on; /* how often: one more each time its device saves over its own file by rename */
};
struct spot { /* a name in a directory */
	uint64_t dir;
	struct name name;
};
struct partner { /* a link, and the life that something is bound to: it holds while the link has no other life */
	uint64_t ino, lid;
	struct stamp life;
};
struct half { /* half of an exchange */
	struct partner with;
	struct spot before; /* where the link was: counts when `with` does not hold */
	struct seat seat;   /* and its seat there */
};
struct where {
	struct stamp stamp;
	struct spot at;
	struct seat seat;
	bool has_back, has_half;
	struct spot back; /* directories that were ever moved: where it was shown before it came to this directory */
	struct half half;
};
struct removal {
	struct stamp stamp;      /* greatest of the removals that saw this life */
	struct version_set seen; /* versions that those of them saw that took a last link */
	struct stamp written;    /* greatest that wrote it: confirming writes later than it removes */
};
struct replacement { /* removal by a rename over it: holds while what came has that life (its stamp) */
	struct partner by;
	struct version_set seen;
};
struct link_rec {
	uint64_t ino, lid;
	struct stamp life;
	struct where where;
	bool is_removed;
	struct removal removed;
	struct replacement *replaced; /* ascending by (life, ino, lid) */
	size_t replaced_n, replaced_cap;
};

enum contents {
	CONTENTS_NONE = 0,   /* empty; devices, FIFOs, sockets */
	CONTENTS_INLINE = 1, /* bytes of a file (at most 1,024), target of a symlink */
	CONTENTS_BLOCK = 2,  /* one block: its id and the file key */
	CONTENTS_ID = 3,     /* content id and the file key: EXTENTS tell the rest */
};
struct version_rec {
	uint64_t ino; /* whose record it is: a version stays where it was written, whichever file shows it */
	struct version_id id, root;
	int64_t time, root_time; /* seconds since 1970: of the write, of the write of the root */
	uint64_t via;            /* link id */
	bool gone;
	bool mark; /* gone, and nothing else is known of it: root is id, the rest zero */
	enum contents contents;
	uint64_t size;
	struct buf payload; /* as `contents` says */
};

enum attr_group { ATTR_MODE, ATTR_UID, ATTR_GID, ATTR_RDEV, ATTR_MTIME, ATTR_TIMES, ATTR_GROUPS };
struct attr { /* greatest stamp wins, group by group; equal stamps: the greater bytes */
	bool there;
	struct stamp stamp;
	struct buf value; /* as docs/format.md says for the group */
};
struct xattr_value {        /* an extended attribute, with its namespace */
	uint64_t ino, hash; /* keyed hash of the name */
	struct name name;   /* 1..255 bytes without NUL */
	struct stamp stamp;
	bool removed;
	struct buf value; /* at most 65,536 bytes; of a removed one none */
};
/* INODE as a value: identity and attributes. Its first link and its greatest live version, which stand in the same
 * record, are a link_rec and a version_rec. */
struct inode_head {
	uint64_t ino;
	uint8_t type; /* S_IFMT >> 12 */
	struct id birth;
	struct attr attr[ATTR_GROUPS];
};

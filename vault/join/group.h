/* SPDX-License-Identifier: MIT
 * A shared record: a list of groups, each with the class that says how it joins. Who does not know what a group means
 * keeps it and joins it all the same.
 *
 * Bytes (varint and stamp: varint.h; other numbers little-endian)
 *   record   version(u8: 2) stamps groups; 1 MiB at most in a commit
 *   stamps   count(varint), then so many stamps, ascending strictly; never the zero stamp. A stamp in what follows is
 *            an index(varint): 0 is the zero stamp, i the i-th of these. Each is used.
 *   groups   count(varint), then so many groups, ascending strictly by number; of the record itself at least one
 *   group    number(varint, 1..65535) class(u8) body:
 *     1 VALUE    stamp, length(varint), bytes
 *     2 MAP      count(varint, not 0), then keys, ascending strictly by (stamp, bytes):
 *                stamp, length(varint), bytes, groups (there may be none: a grow-only set)
 *     3 SCOPED   stamp, groups (there may be none)
 *     4 VERSION  as MAP, but the bytes of a key are a tag, 16 without a length: what stamp and tag name is a version
 *                of a file's contents (version.h)
 *   Groups inside groups: four lists deep at most, the record's own being the first; an empty one is as deep as none.
 * Bytes are in order of memcmp, the shorter first when one begins the other; stamps by (lamport, stream, n).
 *
 * Join of two records: group by group, by number. Of two with one number
 *   classes differ  the greater class wins
 *   VALUE           the greater (stamp, bytes) wins
 *   MAP, VERSION    all keys of both; groups under one key join
 *   SCOPED          the greater stamp wins with all that is inside; under one stamp the groups join
 * A record that is not there joins as one without groups. A record of a later version is carried whole: of two the
 * greater bytes win, and so it wins over version 2; only a kind that is not known here may have one (known.h). This is
 * commutative, associative and idempotent.
 *
 * In memory a record is a row of nodes, each group and each key of a MAP or VERSION one, before what is inside it.
 */
#pragma once

#include "vault/join/types.h"

#define SHARED_RECORD_VERSION 2
#define RECORD_MAX ((size_t)1 << 20) /* bytes of a record in a commit; of one that joins made there is no limit */
#define GROUP_NUMBER_MAX UINT16_MAX
#define GROUP_DEPTH_MAX 4

enum group_class { GROUP_KEY = 0 /* of a MAP or VERSION */, GROUP_VALUE, GROUP_MAP, GROUP_SCOPED, GROUP_VERSION };
struct group_node {
	uint32_t size;      /* nodes: itself and all that is inside */
	uint16_t number;    /* of a group; of a key 0 */
	uint8_t class;      /* enum group_class */
	struct stamp stamp; /* of VALUE, SCOPED and keys */
	struct span bytes;  /* of VALUE and keys: of the record's own memory, or of what it was decoded from */
};
struct record {
	struct group_node *v;
	size_t n, cap;
	struct buf *kept; /* memory of `bytes`, which may be keys: wiped */
	size_t kept_n, kept_cap;
	bool failed; /* memory was out: contents are incomplete */
};
#define RECORD_INIT ((struct record){ 0 })
void record_free(struct record *r);

/* Groups beside each other, or keys; with all that is inside them.
 *     for (const struct group_node *g = list.v; g < group_end(list); g += g->size) */
struct nodes {
	const struct group_node *v;
	size_t n;
};
static inline struct nodes group_all(const struct record *r)
{
	return (struct nodes){ r->v, r->n };
}
static inline const struct group_node *group_end(struct nodes list)
{
	return list.n ? list.v + list.n : list.v; /* NULL of an empty record: nothing may be added to it */
}
static inline struct nodes group_inside(const struct group_node *g)
{
	return (struct nodes){ g + 1, g->size - 1 };
}
/* node_cmp: order in one list: groups by number, keys by (stamp, bytes). */
int node_cmp(const struct group_node *a, const struct group_node *b);
/* group_find: NULL: no group has that number. */
const struct group_node *group_find(struct nodes list, uint16_t number);
/* group_only: whether each group below GROUP_LATER is one of those whose bits are set in `numbers`: from there on
 * a later version may have more. */
#define GROUP_LATER 16
bool group_only(struct nodes list, uint32_t numbers);

/* Building, in order. Sticky: `failed` says whether memory was out. group_value copies `bytes`; group_open begins a
 * group with others inside, group_key a key of a MAP or VERSION (copies `bytes`); group_close ends what began at `at`.
 * group_copy: a node and what is inside; its bytes stay where they are. */
void group_value(struct record *r, uint16_t number, struct stamp stamp, struct span bytes);
size_t group_open(struct record *r, uint16_t number, enum group_class class, struct stamp stamp);
size_t group_key(struct record *r, struct stamp stamp, struct span bytes);
void group_close(struct record *r, size_t at);
void group_copy(struct record *r, const struct group_node *g);

/* SPDX-License-Identifier: MIT
 * A link of a file: group 2 of INODE (the first link) and of LINK, whose only group it is.
 *
 *   2 place       SCOPED, stamp: life
 *     1 where     VALUE, stamp: of where; flags(u8: 1 seat, 2 back, 4 half) spot, then what the flags say, in this
 * order 2 removed   VALUE, stamp: greatest of the removals; no bytes 3 seen      MAP: versions that removals of a last
 * link saw: stamp, tag(16); no groups 4 written   VALUE, stamp: greatest that wrote the removal; no bytes 5 replaced
 * MAP: (stamp: life of what came, bytes: ino and link id of what came, u64 big-endian each) 1 seen    MAP, as above
 *   spot          directory(u64, not 0) length of the name(u8, 1..255) name
 *   seat          stamp, handed on(varint, u32). Not there: the stamp of where, handed on 0 times
 *   back          spot
 *   half          partner: ino(u64, not 0) link id(u64) life(stamp); before: spot; seat before: seat
 * A name has no `/` and no NUL, and is not `.` nor `..`. In a commit only what is new under a life need be there. Of a
 * removal that lacks `removed` or `written` nothing counts.
 */
#pragma once

#include "vault/join/group.h"

#define GROUP_PLACE 2

/* place_name_ok: whether a file may have that name. */
bool place_name_ok(const struct name *n);
/* place_read: of the groups of INODE or LINK; `ret` is the caller's to free, and keeps its ino and lid. Without `where`
 * its directory is 0. `odd`: known.h. ERR_NOTFOUND: no place; ERR_NOMEM. */
MUST_CHECK err_t place_read(struct nodes list, struct link_rec *ret, bool *odd);
/* place_write: appends the group; without `where` if its directory is 0. */
void place_write(struct record *r, const struct link_rec *l);
void link_rec_free(struct link_rec *l);
/* link_rec_copy: `ret` is the caller's to free. ERR_NOMEM. */
MUST_CHECK err_t link_rec_copy(const struct link_rec *l, struct link_rec *ret);

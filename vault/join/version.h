/* SPDX-License-Identifier: MIT
 * Versions of the contents of a file: group 10 of INODE (the greatest live one), SIBLING (a further live one) and
 * VERSION (one that is gone). SIBLING and VERSION have this group and no other, with the one version that their key
 * names; what somebody has to say of a version stands inside it.
 *
 *   10 contents  VERSION: stamp, tag(16)
 *     1 root     VALUE, stamp: of the root. No bytes: the version is its own root. Else tag(16) of the root and time of
 *                its write(i64)
 *     2 via      VALUE, zero stamp: link id(u64 big-endian, not 0); not there: the first link
 *     3 gone     VALUE, zero stamp, no bytes
 *     4 contents VALUE, zero stamp: contents(u8) size(varint) time of the write(i64) payload
 *   contents     0 none: size 0, no payload
 *                1 inline: payload is the bytes (1..4,095; over 1,024 only targets of symlinks), size their number
 *                2 one block: size 1..131,072; block id(16) file key(32)
 *                3 content id: size 1..2^53; content id(16) file key(32)
 *   Times are seconds since 1970.
 * In a commit what is not new of a version need not be there; of a gone one all may be lost but that it is (a mark). A
 * version without root is its own. A live one without contents is none.
 */
#pragma once

#include "vault/join/group.h"

#define GROUP_VERSIONS 10
#define VERSION_INLINE_MAX 4095
#define VERSION_BLOCK_MAX 131072
#define VERSION_SIZE_MAX ((uint64_t)1 << 53)
#define VERSION_PAYLOAD 48 /* bytes of an id and a key */

/* version_list: the keys of group 10; empty: not there, or of another class. version_find: one of them; NULL. */
struct nodes version_list(struct nodes list);
const struct group_node *version_find(struct nodes list, struct version_id id);
/* version_gone: the mark is there. version_root: the id; that of no version (all zero) if the record does not say. */
bool version_gone(const struct group_node *key);
struct version_id version_root(const struct group_node *key);
struct version_id version_id_of(const struct group_node *key);
/* version_read: one key of group 10. `odd`: known.h. `ret` is the caller's to free. ERR_NOTFOUND: live, without
 * contents; ERR_NOMEM. */
MUST_CHECK err_t version_read(const struct group_node *key, uint64_t ino, struct version_rec *ret, bool *odd);
/* version_write: appends group 10 with this version. */
void version_write(struct record *r, const struct version_rec *v);
void version_rec_free(struct version_rec *v); /* wipes the payload */
/* version_rec_copy: `ret` is the caller's to free. ERR_NOMEM. */
MUST_CHECK err_t version_rec_copy(const struct version_rec *v, struct version_rec *ret);

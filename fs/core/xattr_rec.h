/* SPDX-License-Identifier: MIT
 * A value of REC_UNLINKED with a name hash: the extended attributes of one inode whose names have one hash, in
 * ascending name order.
 *
 *   version(u8: 1), then up to 16, ascending by name: length(u8) name, length(u32) value
 */
#pragma once

#include "util/buf.h"
#include "vault/records/kinds.h"

#define NAME_LEN_MAX 255
#define XATTR_TIES_MAX 16     /* names of one hash in one record */
#define XATTR_VALUE_MAX 65536 /* bytes */

struct xattr_rec {
	struct span name, value; /* name: 1..NAME_LEN_MAX bytes without NUL, with its namespace */
};
/* xattr_rec_encode: 1..XATTR_TIES_MAX attributes in ascending name order; marks `out` failed for anything else. */
void xattr_rec_encode(const struct xattr_rec *list, size_t n, struct buf *out);
/* xattr_rec_decode: names and values point into `value`. ERR_DAMAGED, ERR_VERSION. */
MUST_CHECK err_t xattr_rec_decode(struct span value, struct xattr_rec list[XATTR_TIES_MAX], size_t *ret_n);

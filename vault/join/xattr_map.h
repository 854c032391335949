/* SPDX-License-Identifier: MIT
 * Extended attributes of a file whose names have one hash: XATTR.
 *
 *   1 by name  MAP: zero stamp, name(1..255 bytes without NUL, with its namespace)
 *     1 value  VALUE: 0(u8): removed; or 1(u8), then the value (at most 65,536 bytes)
 * The access ACL is a part of the mode (attr.h) and never stands here.
 */
#pragma once

#include "vault/join/group.h"

#define XATTR_BYTES_MAX 65536

struct xattr_list { /* ascending by hash, then name */
	struct xattr_value *v;
	size_t n, cap;
};
void xattr_value_free(struct xattr_value *x);
void xattr_list_free(struct xattr_list *l);
/* xattr_map_read: appends all of one record, removed ones too. `odd`: known.h. ERR_NOMEM: some may have been appended.
 */
MUST_CHECK err_t xattr_map_read(struct nodes list, uint64_t ino, uint64_t hash, struct xattr_list *l, bool *odd);
/* xattr_map_write: the record of one. `r` is empty. */
void xattr_map_write(struct record *r, const struct xattr_value *x);

/* SPDX-License-Identifier: MIT
 * REC_DIRENT and REC_LINK: the entries of one directory whose names have one hash, in ascending name order.
 */
#pragma once

#include "util/buf.h"
#include "vault/records/kinds.h"

#define NAME_LEN_MAX 255
#define DIRENT_TIES_MAX 16 /* names of one hash in one record; xattrs too */

struct dirent_rec {
	struct span name; /* 1..NAME_LEN_MAX bytes, no '/' nor NUL, not "." nor "..": checked by decode */
	uint64_t ino;
	uint32_t type; /* S_IFMT bits */
};
/* name_ok: what a directory entry can be called. */
bool name_ok(struct span name);
/* dirent_encode: 1..DIRENT_TIES_MAX entries in ascending name order; marks `out` failed for anything else. */
void dirent_encode(const struct dirent_rec *list, size_t n, struct buf *out);
/* dirent_decode: names point into `value`. ERR_DAMAGED, ERR_VERSION. */
MUST_CHECK err_t dirent_decode(struct span value, struct dirent_rec list[DIRENT_TIES_MAX], size_t *ret_n);

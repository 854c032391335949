/* SPDX-License-Identifier: MIT
 * Who claims a name in a directory. Value of NAMES: claims ascending by (ino, lid), each once, at least one:
 *   type(u8: S_IFMT >> 12) ino(u64) lid(u64) length(u8) name
 */
#pragma once

#include "vault/join/types.h"

struct claim {
	uint8_t type;
	uint64_t ino, lid;
	struct name name;
};
struct claims {
	struct claim *v;
	size_t n, cap;
};
void claims_free(struct claims *c);
/* claims_add, claims_drop: keep the order; a claim of the same link is replaced. ERR_NOMEM. */
MUST_CHECK err_t claims_add(struct claims *c, const struct claim *one);
void claims_drop(struct claims *c, uint64_t ino, uint64_t lid);
MUST_CHECK err_t claims_encode(const struct claims *c, struct buf *out);
/* claims_decode: behind what `ret` holds, which the caller frees also after a failure. ERR_DAMAGED, ERR_NOMEM. */
MUST_CHECK err_t claims_decode(struct span value, struct claims *ret);

/* SPDX-License-Identifier: MIT
 * Multiset hash of the map: LtHash (Bellare and Micciancio, EUROCRYPT 1997; Lewi et al., "Securing Update Propagation
 * with Homomorphic Hashing", 2019). 1024 lanes of 16 bits; an element's lanes are AES-256-CTR output under
 * SHA-256(element). The order of updates is irrelevant.
 */
#pragma once

#include "crypto/hash.h"

struct lthash { /* zeroes: of the empty set */
	uint16_t lane[1024];
};
/* lthash_add, lthash_remove: one element; on failure `h` is as it was. */
MUST_CHECK err_t lthash_add(struct lthash *h, struct span key, struct span value);
MUST_CHECK err_t lthash_remove(struct lthash *h, struct span key, struct span value);
/* lthash_digest: SHA-256 of the lanes: equal for equal sets. */
MUST_CHECK err_t lthash_digest(const struct lthash *h, struct hash *out);

/* SPDX-License-Identifier: MIT
 * A keyed 64-bit hash of names: SipHash-2-4 (Aumasson and Bernstein, INDOCRYPT 2012). Says nothing of a name without
 * the key.
 */
#pragma once

#include "util/buf.h"

struct namehash; /* a key; shared by threads */
/* namehash_new: NULL: out of memory, or the library failed (logged). namehash_freep: NULL is fine. namehash_of: of one
 * name. */
struct namehash *namehash_new(const uint8_t key[16]);
void namehash_freep(struct namehash **h);
MUST_CHECK err_t namehash_of(const struct namehash *h, struct span name, uint64_t *ret);

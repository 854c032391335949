/* SPDX-License-Identifier: MIT
 * New numbers of inodes and links: 40 bits drawn at random, 24 counted, so that devices and mounts do not meet, and
 * what was made together lies together. When the count is through, 40 bits are drawn anew. The first 40 are never all
 * zero, so no number of types.h (INO_ROOT, INO_LOST, LID_FIRST) comes out. One thread's at a time.
 */
#pragma once

#include "vault/join/types.h"

struct numbers {
	uint64_t ino, lid; /* the last ones; 0: none yet */
};
#define NUMBERS_INIT ((struct numbers){ 0 })
/* numbers_ino, numbers_lid: as vault/act asks for them (struct act_numbers; `ctx` is a struct numbers, `at` does not
 * matter). The birth id is random. ERR_CRYPTO. */
MUST_CHECK err_t numbers_ino(void *ctx, struct stamp at, uint64_t *ret_ino, struct id *ret_birth);
MUST_CHECK err_t numbers_lid(void *ctx, struct stamp at, uint64_t *ret_lid);

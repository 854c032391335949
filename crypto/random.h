/* SPDX-License-Identifier: MIT
 * Randomness.
 */
#pragma once

#include "util/id.h"

#include <stddef.h>

/* crypto_random: `n` bytes from the kernel (getrandom(2)); waits only until the kernel's pool is seeded at boot.
 * ERR_CRYPTO: the kernel gives none. */
MUST_CHECK err_t crypto_random(void *p, size_t n);
/* crypto_random_id: a new id. */
MUST_CHECK err_t crypto_random_id(struct id *ret);

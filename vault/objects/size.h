/* SPDX-License-Identifier: MIT
 * Sizes of objects of format 2 but segments: at least 4,096 bytes, a power of two up to 262,144, above that Padme.
 */
#pragma once

#include <stdint.h>

/* object_size: of an object with `n` bytes in it; a size of its own size. */
uint64_t object_size(uint64_t n);

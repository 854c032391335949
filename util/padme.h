/* SPDX-License-Identifier: MIT
 * Sizes that say little of what is in something: Padme (PETS 2019).
 */
#pragma once

#include <stdint.h>

/* padme: the padded size for `n` bytes: at most 12 % more. UINT64_MAX: none fits. */
uint64_t padme(uint64_t n);

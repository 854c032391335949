/* SPDX-License-Identifier: MIT
 * Lower-case hexadecimal.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* hex_encode: writes 2 * n digits and a NUL to `out` (2 * n + 1 bytes). */
void hex_encode(const void *p, size_t n, char *out);
/* hex_decode: reads exactly 2 * n digits and the NUL; false when the text is anything else. */
bool hex_decode(const char *text, void *out, size_t n);

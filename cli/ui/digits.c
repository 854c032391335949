/* SPDX-License-Identifier: MIT */
#include "cli/ui/digits.h"

#include <stdio.h>

#define GROUP_BYTES 5

void digits_of(struct hash h, char out[DIGITS_TEXT])
{
	for (size_t i = 0; i < DIGITS_GROUPS; i++) {
		uint64_t n = 0;
		for (size_t k = 0; k < GROUP_BYTES; k++)
			n = n << 8 | h.b[i * GROUP_BYTES + k];
		snprintf(out + 6 * i, DIGITS_TEXT - 6 * i, "%05u%s", (unsigned)(n % 100000),
		         i + 1 < DIGITS_GROUPS ? " " : "");
	}
}

/* SPDX-License-Identifier: MIT
 * A hash as people compare it, by eye or by voice: digits, which are the same in every language.
 */
#pragma once

#include "util/id.h"

#define DIGITS_GROUPS 6 /* of 5 digits: 99 bits */
#define DIGITS_TEXT (DIGITS_GROUPS * 6)

/* digits_of: "01234 56789 ...": group i is bytes 5i to 5i + 4 of the hash, as a number, modulo 100,000. */
void digits_of(struct hash h, char out[DIGITS_TEXT]);

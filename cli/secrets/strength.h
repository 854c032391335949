/* SPDX-License-Identifier: MIT
 * How many tries a passphrase withstands, from below: what tools that guess take first counts as little as it costs
 * them. So a word is a word, however long, and "Passw0rd123" is one word and a few digits.
 */
#pragma once

#include "util/buf.h"

#define STRENGTH_PORTABLE 40u /* bits that a passphrase needs which whoever has the store's bytes can try */

/* strength_bits: pure. */
unsigned strength_bits(struct span text);

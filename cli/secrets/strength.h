/* SPDX-License-Identifier: MIT
 * How many tries a passphrase withstands, from below: what tools that guess take first counts as little as it costs
 * them. Two measures, of which the lower counts: zxcvbn's, which knows what people take, in English; and one of runs,
 * which knows no word, so that in any language a word is a word, however long.
 */
#pragma once

#include "util/buf.h"

#define STRENGTH_PORTABLE 40u /* bits that a passphrase needs which whoever has the store's bytes can try */

/* strength_bits: the lower of both; ERR_NOMEM. strength_runs: the second alone. Both follow from the text and from
 * nothing else: no settings, no files. */
MUST_CHECK err_t strength_bits(struct span text, unsigned *ret);
unsigned strength_runs(struct span text);

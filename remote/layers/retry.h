/* SPDX-License-Identifier: MIT
 * The decisions of the retry and throttle layers as pure functions, so that their timing can be tested without waiting.
 */
#pragma once

#include "util/error.h"

#include <stdbool.h>
#include <stdint.h>

/* retry_wait_ms: how long to wait after the `tries`-th failed try (1 is the first): doubling from 200 ms to `max_ms`,
 * the upper half of it jittered by `random`; at least what the server asked for, but never more than `max_ms`. */
unsigned retry_wait_ms(unsigned tries, unsigned asked_ms, unsigned max_ms, uint32_t random);
/* retry_tries: how many tries an error is worth, the first one included. */
unsigned retry_tries(err_t e, bool reader_waits);

/* A token bucket that may go into debt: a request passes while the level is above zero, then pays its whole size. */
struct bucket {
	uint64_t rate; /* bytes per second; 0: everything passes */
	int64_t level; /* bytes; at most a quarter of a second's worth */
	int64_t at;    /* mono ns of the last fill */
};
void bucket_rate(struct bucket *b, uint64_t rate, int64_t now);
/* bucket_wait: ns until something may pass; 0: now. */
int64_t bucket_wait(struct bucket *b, int64_t now);
void bucket_spend(struct bucket *b, uint64_t n);

/* SPDX-License-Identifier: MIT
 * A token bucket that may go into debt: a request passes while the level is above zero, then pays its whole size. Pure:
 * the time is a parameter.
 */
#pragma once

#include <stdint.h>

struct bucket {
	uint64_t rate; /* bytes per second; 0: everything passes */
	int64_t level; /* bytes; at most a quarter of a second's worth */
	int64_t at;    /* mono ns of the last fill */
};
/* bucket_rate: another rate from now on. */
void bucket_rate(struct bucket *b, uint64_t rate, int64_t now);
/* bucket_wait: ns until something may pass; 0: now. */
int64_t bucket_wait(struct bucket *b, int64_t now);
/* bucket_spend: `n` bytes pass. */
void bucket_spend(struct bucket *b, uint64_t n);

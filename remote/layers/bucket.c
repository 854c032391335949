/* SPDX-License-Identifier: MIT
 * Levels are brought up to date when they are asked for; there is no timer.
 */
#include "remote/layers/bucket.h"

#include "util/cleanup.h"
#include "util/clock.h"

void bucket_rate(struct bucket *b, uint64_t rate, int64_t now)
{
	(void)bucket_wait(b, now);
	b->rate = rate;
	b->at = now;
	b->level = MIN(b->level, (int64_t)(rate / 4) + 1);
}

int64_t bucket_wait(struct bucket *b, int64_t now)
{
	if (!b->rate)
		return 0;
	int64_t full = (int64_t)(b->rate / 4) + 1;
	double more = (double)(now - b->at) * (double)b->rate / NS_PER_S;
	b->level = more >= (double)(full - b->level) ? full : b->level + (int64_t)more;
	b->at = now;
	if (b->level > 0)
		return 0;
	return (int64_t)((double)(1 - b->level) * NS_PER_S / (double)b->rate) + 1;
}

void bucket_spend(struct bucket *b, uint64_t n)
{
	if (b->rate)
		b->level -= (int64_t)n;
}

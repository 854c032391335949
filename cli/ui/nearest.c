/* SPDX-License-Identifier: MIT */
#include "cli/ui/nearest.h"

#include "util/cleanup.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

struct nearest nearest_to(const char *typed, size_t len)
{
	return (struct nearest){ .typed = typed, .len = len, .slips = UINT_MAX };
}

/* slips: between two words of at most NEAREST_MAX letters, row by row: `r[1]` is that before, `r[0]` the one before
 * that. */
static unsigned slips(const char *a, size_t la, const char *b, size_t lb)
{
	unsigned r[3][NEAREST_MAX + 1];
	for (size_t j = 0; j <= lb; j++)
		r[1][j] = (unsigned)j;
	for (size_t i = 1; i <= la; i++) {
		r[2][0] = (unsigned)i;
		for (size_t j = 1; j <= lb; j++) {
			unsigned best = r[1][j - 1] + (a[i - 1] != b[j - 1]);
			best = MIN(best, MIN(r[1][j], r[2][j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				best = MIN(best, r[0][j - 2] + 1);
			r[2][j] = best;
		}
		memcpy(r[0], r[1], sizeof(r[0]));
		memcpy(r[1], r[2], sizeof(r[1]));
	}
	return r[1][lb];
}

void nearest_try(struct nearest *n, const char *name)
{
	size_t len = strlen(name);
	if (!len || len > NEAREST_MAX || !n->len || n->len > NEAREST_MAX)
		return;
	bool begins = n->len > 1 && n->len < len && !memcmp(name, n->typed, n->len);
	unsigned is = begins ? 1 : slips(n->typed, n->len, name, len);
	if (is > (len + 2) / 3 || is >= n->slips)
		return;
	n->slips = is;
	memcpy(n->best, name, len + 1);
}

const char *nearest_hint(const struct nearest *n, char *out, size_t size)
{
	out[0] = 0;
	if (n->best[0])
		snprintf(out, size, "; did you mean %s?", n->best);
	return out;
}

/* SPDX-License-Identifier: MIT
 * One line on stderr that is drawn over: a bar, amounts, rate, time left. Draws nothing unless stderr is a terminal.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct progress {
	const char *what;
	bool on; /* a terminal, and not --quiet */
	bool drawn;
	int64_t start, last; /* mono ns */
	uint64_t first;      /* `done` at the start, for the rate */
};
/* progress_begin: starts the clock; draws nothing yet. */
void progress_begin(struct progress *p, const char *what, bool quiet);
/* progress_show: at most ten times a second. total 0: unknown. */
void progress_show(struct progress *p, uint64_t done, uint64_t total);
/* progress_end: clears the line. */
void progress_end(struct progress *p);
struct progress_amounts {
	uint64_t done, total, rate; /* bytes; total 0: unknown; bytes per second */
};
/* progress_line: the text of the bar, `width` columns at most (0: no limit); pure. */
void progress_line(const char *what, const struct progress_amounts *a, unsigned width, char *out, size_t n);

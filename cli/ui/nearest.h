/* SPDX-License-Identifier: MIT
 * "Did you mean": which of some names somebody may have meant who typed another.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define NEAREST_HINT_MAX (NEAREST_MAX + 32)
#define NEAREST_MAX 64 /* longer names are nobody's slip */

struct nearest {
	const char *typed;
	size_t len;                 /* of typed, which need not end there */
	unsigned slips;             /* of the best one so far */
	char best[NEAREST_MAX + 1]; /* empty: none is near enough */
};

/* nearest_to: none was looked at yet. `typed` is borrowed for as long as names are tried. */
struct nearest nearest_to(const char *typed, size_t len);
/* nearest_try: a name that there is. It is near enough when at most a third of its letters are left out, added, changed
 * or in each other's place (optimal string alignment distance: Boytsov 2011, "Indexing methods for approximate
 * dictionary searching", section 2), or when it begins with what was typed (two letters at least). The first of the
 * nearest stays. */
void nearest_try(struct nearest *n, const char *name);
/* nearest_hint: "; did you mean NAME?", or nothing. Returns `out`. */
const char *nearest_hint(const struct nearest *n, char *out, size_t size);

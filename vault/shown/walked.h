/* SPDX-License-Identifier: MIT
 * Directories that a walk upwards has come through: a set of numbers in memory.
 */
#pragma once

#include "util/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct walked {
	uint64_t *v; /* a table of `cap`, a power of 2; 0: free. At most half of it is taken */
	size_t n, cap;
};
void walked_free(struct walked *w);
/* walked_add: not 0; perhaps for the second time. ERR_NOMEM. */
MUST_CHECK err_t walked_add(struct walked *w, uint64_t dir);
bool walked_has(const struct walked *w, uint64_t dir);

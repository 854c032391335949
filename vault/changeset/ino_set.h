/* SPDX-License-Identifier: MIT
 * A set of inode numbers in memory that errs on one side: what was added is in it, always.
 */
#pragma once

#include "util/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ino_set {
	uint64_t *v; /* a table of `cap`, a power of 2; 0: free. At most half of it is taken */
	size_t n, cap;
	bool all; /* memory was out once: every number counts as in it */
};
#define INO_SET_INIT ((struct ino_set){ 0 })
void ino_set_add(struct ino_set *s, uint64_t ino); /* not 0 */
bool ino_set_has(const struct ino_set *s, uint64_t ino);
void ino_set_free(struct ino_set *s); /* empty again */

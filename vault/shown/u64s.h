/* SPDX-License-Identifier: MIT
 * Numbers of inodes, hashes of names.
 */
#pragma once

#include "util/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct u64s {
	uint64_t *v;
	size_t n, cap;
};
void u64s_free(struct u64s *n);
/* u64s_add: ERR_NOMEM. */
MUST_CHECK err_t u64s_add(struct u64s *n, uint64_t one);
/* u64s_sort: ascending, each once. u64s_has: of sorted ones. */
void u64s_sort(struct u64s *n);
bool u64s_has(const struct u64s *n, uint64_t one);

/* SPDX-License-Identifier: MIT
 * The choice of the main chain: a pure function of a set of commits, so the order in which they became known does not
 * matter.
 */
#pragma once

#include "sync/core/state.h"

/* chain_better: true when `a` wins over `b`: greater height, then smaller hash. */
bool chain_better(const struct commit_record *a, const struct commit_record *b);
/* chain_choose: the winner among the records that descend from `base` (itself a record of the set) through parents of
 * the set, each one higher than its parent. NULL: `base` is not there. `out` of memory: ERR_NOMEM. */
MUST_CHECK err_t chain_choose(const struct commit_record *records, size_t n, struct hash base,
                              const struct commit_record **ret);

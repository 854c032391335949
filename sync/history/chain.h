/* SPDX-License-Identifier: MIT
 * The choice of the main chain: a pure function of a set of commits, so the order in which they became known does not
 * matter.
 */
#pragma once

#include "sync/core/state.h"

/* chain_better: true when `a` wins over `b`: greater height, then smaller hash. */
bool chain_better(const struct node *a, const struct node *b);
/* chain_choose: the winner among the nodes that descend from `base` (itself a node of the set) through parents of the
 * set, each one higher than its parent. NULL: `base` is not there. `out` of memory: ERR_NOMEM. */
MUST_CHECK err_t chain_choose(const struct node *nodes, size_t n, struct hash base, const struct node **ret);

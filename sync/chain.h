/* SPDX-License-Identifier: MIT
 * The choice of the main chain: a pure function of a set of commits, so the order in which they became known does not
 * matter.
 */
#pragma once

#include "vault/objects/objects.h"

struct node { /* one verified commit, as it is remembered */
	uint8_t hash[HASH_LEN], parent[HASH_LEN];
	uint8_t stream[ID_LEN];
	uint64_t n, height;
	uint32_t epoch, parts;
	uint64_t entry;             /* undo entry it became here; 0: not applied, or no longer in the journal */
	uint64_t bytes;             /* of its objects */
	struct stream_pos previous; /* its stream's position before it was applied */
	uint8_t merged[HASH_LEN];   /* the applied commit that merged this one, which lost; zero: none */
	bool applied;               /* on the chain from the base to our tip */
	bool own;
	bool manifest; /* it announces a checkpoint */
};
/* chain_better: true when `a` wins over `b`: greater height, then smaller hash. */
bool chain_better(const struct node *a, const struct node *b);
/* chain_choose: the winner among the nodes that descend from `base` (itself a node of the set) through parents of the
 * set, each one higher than its parent. NULL: `base` is not there. `out` of memory: ERR_NOMEM. */
MUST_CHECK err_t chain_choose(const struct node *nodes, size_t n, const uint8_t base[HASH_LEN],
                              const struct node **ret);

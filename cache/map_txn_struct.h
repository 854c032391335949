/* SPDX-License-Identifier: MIT
 * Inside of struct map_txn, for the files of cache/.
 */
#pragma once

#include "cache/map_struct.h"

struct map_txn {
	struct map *m;
	struct base_txn *t;
	struct base_state state; /* as it will be when this is committed */
	struct opener *opener;
	struct buf cell;
	err_t base_failed; /* what the base said when it failed, sticky: the transaction cannot be committed */
};

/* SPDX-License-Identifier: MIT
 * Linking ops into the memtable.
 */
#pragma once

#include "cache/batch.h"

/* map_link: links the batch's ops at the next numbers and publishes them; apply_lock held; clears the batch. */
MUST_CHECK err_t map_link(struct map *m, struct batch *b);

/* SPDX-License-Identifier: MIT
 * A store in memory, for tests.
 */
#pragma once

#include "remote/store.h"

/* store_mem_new: an empty one. NULL: out of memory. */
struct store *store_mem_new(void);

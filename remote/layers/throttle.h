/* SPDX-License-Identifier: MIT
 * The throttle layer: as many bytes a second as it is told, each way.
 */
#pragma once

#include "remote/store.h"

/* store_throttle_new: takes `inner` over, also on failure (NULL). Bytes per second, 0: unlimited. */
struct store *store_throttle_new(struct store *inner, uint64_t up, uint64_t down);

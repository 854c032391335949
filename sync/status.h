/* SPDX-License-Identifier: MIT
 * What others are told about the engine.
 */
#pragma once

#include "sync/core/config.h"

void sync_status(struct sync *s, struct sync_status *ret);
/* sync_mirror: what status shows after a round that ended with `e`. */
void sync_mirror(struct sync *s, err_t e);

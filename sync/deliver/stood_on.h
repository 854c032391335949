/* SPDX-License-Identifier: MIT
 * How far one stream stands on another.
 */
#pragma once

#include "sync/core/state.h"

struct sync;
/* stood_on: the newest commit of stream `number` that the newest one of `st` stands on, as far as it is applied here;
 * 0: none. ERR_DAMAGED, what reading the map fails with. */
MUST_CHECK err_t stood_on(struct sync *s, const struct stream *st, uint64_t number, uint64_t *ret);

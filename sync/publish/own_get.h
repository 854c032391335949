/* SPDX-License-Identifier: MIT
 * Objects of our own stream on the store: any member can put another there, or what we signed for another place.
 */
#pragma once

#include "sync/core/epoch.h"

struct sync;
/* own_get: an object in that place that this device signed. ERR_NOTFOUND: none, or one that proves nothing. */
MUST_CHECK err_t own_get(struct sync *s, const struct object_place *at, struct buf *ret_contents);
/* own_get_is: of contents that we signed: whether they are commit n of our stream. ERR_NOMEM. */
MUST_CHECK err_t own_get_is(struct sync *s, struct span contents, uint64_t n, bool *ret);

/* SPDX-License-Identifier: MIT
 * A checkpoint into a fresh map.
 */
#pragma once

#include "sync/bootstrap.h"

/* load_checkpoint: the newest checkpoint that a head names and a signed commit announces, into the fresh map.
 * ERR_NOTFOUND: there is none. */
MUST_CHECK err_t load_checkpoint(struct sync *s, const struct bootstrap *b, struct why *why);

/* SPDX-License-Identifier: MIT
 * What a person asks of the devices of a vault: who they are, who let them in, when each was seen; and hashes by which
 * two devices are compared (docs/cli.md, "verify"). Made behind each round, and copied under `lock`: who asks waits for
 * no round.
 */
#pragma once

#include "sync/core/people.h"

struct sync;
/* roll_make: with `work` held. ERR_NOMEM, ERR_CRYPTO: it is as it was. roll_get: a copy, for roll_free; any thread.
 * ERR_NOMEM. */
MUST_CHECK err_t roll_make(struct sync *s);
MUST_CHECK err_t roll_get(struct sync *s, struct roll *ret);
void roll_free(struct roll *r);

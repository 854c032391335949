/* SPDX-License-Identifier: MIT
 * Commits behind a cut that this device had applied before the cut was known: they count, and so must be there for the
 * others. Their places are their device's, which was thrown out and may write there still; under their hashes nobody
 * can put anything else.
 */
#pragma once

#include "util/error.h"

struct sync;
/* copies_put: what the store lacks of them, once for each cut and start. What the store does not show (any more) is
 * passed over; one that takes nothing is asked again in the next round. What map and store fail with. */
MUST_CHECK err_t copies_put(struct sync *s);

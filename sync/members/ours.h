/* SPDX-License-Identifier: MIT
 * Whether objects of this vault lie at the store's place: heads, or newest commits that are known, of some streams.
 */
#pragma once

#include "util/error.h"

#include <stdbool.h>

struct sync;
enum ours {
	OURS_NAMED, /* under a name that this vault's keys alone give: whatever is in it */
	OURS_SIGNED /* by the device whose stream it is */
};
/* ours_there: what the store fails with. */
MUST_CHECK err_t ours_there(struct sync *s, enum ours which, bool *ret);

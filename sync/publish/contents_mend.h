/* SPDX-License-Identifier: MIT
 * A segment that the store lost is stored again, under its name: of each block that it lists what is still there, or
 * what is here. So two devices that each have some of it put it together, and nothing that is there is taken away.
 *
 *   whole    all blocks that are needed are in it
 *   partial  some are in no copy that this device knows of: it is stored one byte short, so that whoever looks for its
 *            last byte sees that it is not whole, and adds what it has
 *   needed   no segment that is not lost lists the block too
 */
#pragma once

#include "util/id.h"

#include <stdbool.h>

struct sync;
enum mended_kind {
	MENDED_WHOLE,   /* it is there, or stored again */
	MENDED_PARTLY,  /* something that is needed is missing */
	MENDED_NEEDLESS /* nothing in it is needed */
};
struct mended {
	enum mended_kind is;
	size_t missing; /* blocks; 0 of PARTLY: nothing is known to be, but the store does not take what is here */
};
/* contents_mend: GETs the whole object, and PUTs it if that adds something; a store that has no room is no failure.
 * ERR_NOTFOUND: no record of it; ERR_DAMAGED: none that can be read; what map and store fail with. */
MUST_CHECK err_t contents_mend(struct sync *s, struct id segment, struct mended *ret);

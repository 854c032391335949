/* SPDX-License-Identifier: MIT
 * The others' heads against what a pull found.
 */
#pragma once

#include "sync/core/config.h"

/* heads_check: reads them all. Of equal positions the digests are compared; what they count and no pull finds is
 * looked for again, then named as lost, damaged or withheld, as are streams that nothing here proves. What they have
 * applied of another branch than we have is asked for by its hash. *ret_news: a commit was applied; untouched if not.
 */
MUST_CHECK err_t heads_check(struct sync *s, bool *ret_news);

/* SPDX-License-Identifier: MIT
 * The others' heads.
 */
#pragma once

#include "sync/core/config.h"

/* head_check: reads the others' heads after a pull; commits that they count and another pull does not find are named.
 */
MUST_CHECK err_t head_check(struct sync *s, bool *ret_news);

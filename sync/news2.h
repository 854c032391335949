/* SPDX-License-Identifier: MIT
 * One look for news.
 */
#pragma once

#include "sync/core/config.h"

/* news2_run: *ret_news: another device's commit was applied. Not while a set of ours is closed or is being published
 * (state2.h, invariant 2). */
MUST_CHECK err_t news2_run(struct sync *s, bool *ret_news);

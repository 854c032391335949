/* SPDX-License-Identifier: MIT
 * One look for news.
 */
#pragma once

#include "sync/core/config.h"

/* pull_run: *ret_news: another device's commit was applied. */
MUST_CHECK err_t pull_run(struct sync *s, bool *ret_news);

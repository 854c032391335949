/* SPDX-License-Identifier: MIT
 * One look for news.
 */
#pragma once

#include "sync/core/config.h"

/* news_run: *ret_news: another device's commit was applied. Not while a set of ours is closed or is being published
 * (state_form.h, invariant 2). */
MUST_CHECK err_t news_run(struct sync *s, bool *ret_news);
/* news_read: the same of who writes nothing: what is our own is not looked at. */
MUST_CHECK err_t news_read(struct sync *s, bool *ret_news);

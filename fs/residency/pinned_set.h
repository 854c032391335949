/* SPDX-License-Identifier: MIT
 * The blocks under pins, which eviction leaves alone: a sorted list that is made anew when it grows old. Walking costs,
 * so the more it cost the longer the list is used.
 */
#pragma once

#include "fs/core/config.h"

struct pinned_set { /* lock of struct eviction */
	struct buf ids;
	int64_t until; /* mono: when it is to be made anew */
	int64_t took;  /* ns, the last time */
	bool used;     /* blocks were dropped by it */
};

int pinned_set_open(struct fs *fs);
void pinned_set_close(struct fs *fs);
/* These with the lock of struct eviction. pinned_set_refresh: makes it anew if it may be too old. */
int pinned_set_refresh(struct fs *fs);
/* pinned_set_is_quick: refreshing it takes a few milliseconds, as far as is known, or is not due. */
bool pinned_set_is_quick(const struct fs *fs);
/* pinned_set_wake_fetcher: what came under a pin after the list was made may have been dropped: the pin fetcher looks,
 * as often as the list grows old and no oftener. */
void pinned_set_wake_fetcher(struct fs *fs, int64_t now);
bool pinned_set_has(const struct pinned_set *s, struct id id);

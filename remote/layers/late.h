/* SPDX-License-Identifier: MIT
 * A store that cannot be opened yet (its credentials are not there): it answers with why, and is opened as soon as a
 * request finds that it can be. Whoever works on what is local need not wait for it.
 */
#pragma once

#include "remote/store.h"

struct late_config {
	/* open: tried by each request until it succeeds, one at a time; sends nothing. */
	err_t (*open)(void *ctx, struct store **ret, struct why *why);
	void (*free)(void *ctx); /* when the store is destroyed; NULL: nothing */
	void *ctx;
};
/* store_late_new: a copy of `c`; ctx is the store's, also on failure (NULL). What keeps it from being opened is
 * answered as ERR_DENIED, but for ERR_TLS and ERR_NOMEM. */
struct store *store_late_new(const struct late_config *c);

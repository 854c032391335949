/* SPDX-License-Identifier: MIT
 * What of a dump is asked of the store: with an end, for a person waits.
 */
#pragma once

#include "cli/dump/dump.h"
#include "util/deadline.h"

struct dump_store {
	const struct keyring *keyring;
	struct store *store;
	struct deadline end; /* for all that is asked */
};
/* dump_store_run: what `fn` answers, with a sentence where the error says nothing by itself. Whoever stops dumps ends
 * it. */
typedef err_t (*dump_store_fn)(void *ctx, const struct dump_store *d, struct why *why);
MUST_CHECK err_t dump_store_run(const struct dump_source *s, dump_store_fn fn, void *ctx, struct why *why);

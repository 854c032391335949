/* SPDX-License-Identifier: MIT
 * A set of hashes in memory.
 */
#pragma once

#include "util/id.h"

struct hashes { /* ascending, none twice */
	struct hash *v;
	size_t n, cap;
};
void hashes_free(struct hashes *l);
bool hashes_has(const struct hashes *l, struct hash h);
/* hashes_add: perhaps for the second time. ERR_NOMEM. hashes_drop: it may not be there. */
MUST_CHECK err_t hashes_add(struct hashes *l, struct hash h);
void hashes_drop(struct hashes *l, struct hash h);
/* hashes_only: of `l` those that are in `in`, too. */
void hashes_only(struct hashes *l, const struct hashes *in);

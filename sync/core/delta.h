/* SPDX-License-Identifier: MIT
 * A list of changes of shared records (key, before, after), and its application as one closed changeset of the map.
 */
#pragma once

#include "sync/core/ops.h"
#include "vault/objects/objects.h"

struct sync;
struct delta {
	struct buf b;
	bool roster;                /* it touches devices, streams, statements or epochs */
	uint64_t checkpoint_height; /* of the newest checkpoint record that it puts */
};
void delta_free(struct delta *d);
/* delta_add: p == NULL: absent. */
MUST_CHECK err_t delta_add(struct delta *d, struct span key, struct span before, struct span after);
/* delta_next: one change after the other; false at the end. */
struct change {
	struct span key, before, after;
};
bool delta_next(struct rd *r, struct change *c);
/* delta_commit: the changes of one part, with the values before them out of the map. ERR_DAMAGED: malformed. */
MUST_CHECK err_t delta_commit(struct delta *d, struct map *m, struct span changes);
/* delta_inverse: what undoes a closed changeset. */
MUST_CHECK err_t delta_inverse(struct delta *d, struct map *m, uint64_t changeset);
/* delta_digest: the digest of the map after it. */
MUST_CHECK err_t delta_digest(const struct delta *d, struct lthash *h);
/* delta_apply: the records, what is derived from them, and `o`, in one closed changeset. ERR_BUSY: local changes. */
MUST_CHECK err_t delta_apply(const struct delta *d, struct sync *s, const struct ops *o, uint64_t *ret_changeset);
/* delta_load: the records of a checkpoint chunk into a fresh map. */
MUST_CHECK err_t delta_load(const struct delta *d, struct map *m);

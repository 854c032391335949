/* SPDX-License-Identifier: MIT
 * A device's records in a map, as vault/changeset keeps them: its published records and its open changeset.
 */
#pragma once

#include "vault/changeset/operation.h"

struct mapped {
	struct map *map;
	struct changeset *c;
	struct operation operation; /* the one that is under way: begun again when it is applied */
	bool begun;
};
struct mapped_state { /* what is in it */
	const struct records *published, *open;
	uint64_t stream, n, lamport;
};
/* mapped_reset: holds this and nothing else. */
void mapped_reset(struct mapped *m, const struct mapped_state *s);
void mapped_free(struct mapped *m);
/* mapped_apply: what the operation said is in the open set, and a new one begins. */
void mapped_apply(struct mapped *m);
/* mapped_load: the operation knows all that is said. */
void mapped_load(struct mapped *m);
/* mapped_publish: the open set is closed and becomes published; nothing said: n goes on all the same. */
void mapped_publish(struct mapped *m);
void mapped_deliver(struct mapped *m, const struct records *records, uint64_t lamport);
void mapped_drop(struct mapped *m, struct span key); /* of a published record */
/* mapped_copy: replaces both tables by what the map has. */
void mapped_copy(struct mapped *m, struct records *published, struct records *open);

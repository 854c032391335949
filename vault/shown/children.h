/* SPDX-License-Identifier: MIT
 * What a directory shows, a name at a time, by the hash of the shown name: costs what is visited.
 */
#pragma once

#include "vault/shown/context.h"
#include "vault/tree/build.h"

struct child {
	uint64_t ino; /* tree_number_of */
	uint8_t type;
	uint64_t hash; /* of the name */
	struct name name;
};
typedef err_t (*children_fn)(void *ctx, const struct child *c);
/* children_visit: ascending by hash, then name, from a hash on; what `fn` answers but for ERR_OK ends it, and is the
 * answer. dir: any member; the caller knows that it is shown. children_cluster: those of the cluster of a hash alone.
 */
struct children_from {
	uint64_t dir, hash;
};
MUST_CHECK err_t children_visit(const struct context *c, const struct tree_naming *naming, struct children_from from,
                                children_fn fn, void *ctx);
MUST_CHECK err_t children_cluster(const struct context *c, const struct tree_naming *naming, struct children_from at,
                                  children_fn fn, void *ctx);
/* children_alone: children_visit of a directory that is united with no other, with numbers as recorded and without
 * stand-ins; it ends with ERR_CANCELED, and *ret_alone false, at the first name that does not stand by itself. */
MUST_CHECK err_t children_alone(const struct context *c, struct children_from from, children_fn fn, void *ctx,
                                bool *ret_alone);
/* children_subdirs: how many directories it shows; of united ones: costs all that is in there. */
MUST_CHECK err_t children_subdirs(const struct context *c, const struct tree_naming *naming, uint64_t dir,
                                  uint64_t *ret);

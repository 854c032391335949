/* SPDX-License-Identifier: MIT
 * A commit that begins an epoch (docs/format.md, "Epochs"): whether it may, whoever knows who is a member says: the
 * folder above sets these (members/starts.h).
 */
#pragma once

#include "crypto/secret.h"
#include "sync/core/ops.h"

#include "util/id.h"
#include "vault/objects/vv.h"

struct pulled;
struct sync;
struct started {
	uint32_t number; /* 0: it begins none */
	struct hash id;
	struct key root;
	struct id author;
	struct position at;            /* the commit that begins it */
	struct span start, recipients; /* of the commit */
};
static inline void started_wipe(struct started *x)
{
	key_wipe(&x->root);
}
struct started_asked { /* whether a commit stands on one that began that epoch */
	uint32_t number;
	struct hash id;
	const struct vv *vv;        /* of the commit, with it */
	struct position is, before; /* it, and n - 1 of its stream; n is 0: none */
};
enum start_seen {
	START_GOOD,
	START_BAD, /* the commit is refused */
	START_HELD /* it cannot be known yet: the commit waits */
};
struct start_hooks {
	err_t (*look)(struct sync *s, const struct pulled *p, struct started *ret, enum start_seen *ret_seen);
	void (*put)(struct ops *o, const struct started *x);   /* with the commit, in its batch */
	err_t (*add)(struct sync *s, const struct started *x); /* behind it */
	err_t (*begun)(struct sync *s, const struct started_asked *q, bool *ret);
};

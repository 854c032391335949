/* SPDX-License-Identifier: MIT
 * A commit of another device is applied: checked against what it stands on, joined with what is published, with digest,
 * positions and what is remembered of it in the same batch (docs/format.md, "Delivery"). What cannot be applied yet
 * waits (ready.h); what is refused is named and remembered by its hash until the engine ends.
 *
 * All with `work` held, and only while nothing of ours is closed or on its way into what is published
 * (core/state_form.h).
 */
#pragma once

#include "sync/core/hashes.h"
#include "sync/deliver/pulled.h"
#include "sync/deliver/started.h"

struct sync;
struct deliver { /* of struct sync */
	struct room room;
	struct vv branches; /* ends of branches beside those that `applied` of the streams tells of */
	struct vv covered;  /* such ends that our newest checkpoint has */
	uint64_t applied;   /* since the opening */
	struct start_hooks starts;
};
/* deliver_open: reads what the map remembers. What is seen of a stream is what is applied: what waited is asked for
 * again. deliver_freep: NULL is fine. */
MUST_CHECK err_t deliver_open(struct sync *s);
void deliver_freep(struct deliver **d);

/* deliver_arrived: takes `p`, and applies whatever has become ready. *ret: what became of `p` itself; READY_FULL: it is
 * forgotten, to be asked for again. *ret_applied: true if anything was applied; untouched if not. */
MUST_CHECK err_t deliver_arrived(struct sync *s, struct pulled *p, enum ready *ret, bool *ret_applied);
/* deliver_again: what was held (started.h) is looked at once more; likewise. */
MUST_CHECK err_t deliver_again(struct sync *s, bool *ret_applied);
/* deliver_held: the ids of the epochs that are held. ERR_NOMEM, ERR_CRYPTO. */
MUST_CHECK err_t deliver_held(const struct sync *s, struct hashes *ret);
/* deliver_knows: whether that commit is applied, waits, or is refused. */
MUST_CHECK err_t deliver_knows(struct sync *s, struct position p, bool *ret);

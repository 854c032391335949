/* SPDX-License-Identifier: MIT
 * Positions of this device: of each stream `applied`, and further ends of streams that have branches ("sync.branches"
 * in MAP_STATE: vv_put); of these ends those that our newest checkpoint has ("sync.covered", likewise).
 */
#pragma once

#include "sync/core/state.h"
#include "sync/deliver/pulled.h"
#include "vault/objects/applied.h"

/* Of one stream, beside its own end, and of all streams: positions have a limit (VV_MAX), and whoever says much under
 * one n must not fill it: what cannot say its positions publishes nothing. The rest is for streams, and one for our
 * own.
 */
#define BRANCHES_MAX 64
#define BRANCHES_ALL ((size_t)VV_MAX / 2)

struct sync;
struct place_change {         /* by one commit */
	struct stream stream; /* as it becomes */
	bool beside;          /* it is on a branch that `applied` does not tell of, */
	bool begins;          /* which it begins: of its stream another commit n is here */
	struct vv branches;   /* as they become */
};
void place_change_free(struct place_change *c);
/* place_read_branches, place_read_covered: `ret` is the caller's to free. ERR_DAMAGED, what map_get fails with. */
MUST_CHECK err_t place_read_branches(struct map *m, struct vv *ret);
MUST_CHECK err_t place_read_covered(struct map *m, struct vv *ret);
/* place_put_covered: a checkpoint has these ends; as part of a batch. place_set_covered: in memory, when that was
 * applied; ERR_NOMEM: none is known to be in it, so it is looked for what need not be. */
void place_put_covered(struct ops *o, const struct vv *ends);
MUST_CHECK err_t place_set_covered(struct sync *s, const struct vv *ends);
bool place_is_covered(const struct sync *s, struct position p);
/* place_newest: of all branches of a stream the end with the greatest n; n 0: nothing of it is applied. */
struct position place_newest(const struct sync *s, const struct stream *st);
/* place_positions: what is applied here, own commits too. ERR_NOMEM, ERR_LIMIT. `ret` is the caller's to free. */
MUST_CHECK err_t place_positions(const struct sync *s, struct vv *ret);
/* place_applied: the same with the hashes of the streams, as heads and manifests have it. */
MUST_CHECK err_t place_applied(const struct sync *s, struct applied *ret);
/* place_load: one entry of a checkpoint's, in memory and into `o`; those of one stream in order. */
MUST_CHECK err_t place_load(struct sync *s, struct stream *st, const struct applied_entry *a, struct ops *o);
/* place_change: what becomes of them when `p` is applied. ERR_NOTFOUND: its stream is not known; ERR_LIMIT: it
 * begins one branch too many, or is the first of one stream too many; ERR_NOMEM.
 * place_put: as part of a batch. place_done: in memory, when that was applied. */
MUST_CHECK err_t place_change(struct sync *s, const struct vv *branches, const struct pulled *p,
                              struct place_change *ret);
void place_put(struct ops *o, const struct place_change *c);
void place_done(struct sync *s, struct vv *branches, struct place_change *c);

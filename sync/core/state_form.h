/* SPDX-License-Identifier: MIT
 * What of ours is on its way to be published: terms, states, invariants, locks. And the codec of what is remembered of
 * it across crashes (MAP_STATE): pure, bounds-checked.
 *
 * Terms (docs/join.md, vault/changeset/README.md)
 *   published  shared records of the map: the join of the commits that are applied here
 *   open set, closed set   what the next changeset says, and the one before: vault/changeset
 *   positions  of each stream the newest commit that is applied here: `applied` of its record
 *   past       what is remembered of each applied commit, own ones too (deliver/past.h)
 *   n          of our newest commit whose bytes are durable in the queue; the open set's is in vault/changeset
 *
 * Of what we say ourselves there is always one of three states, told by n and the closed set alone:
 *
 *            closed set   open set's n   means
 *   RESTING  empty        n + 1          nothing of ours is on its way to a commit
 *   CLOSED   n + 1        n + 2          packed or not; its commit is not built yet, or not durable
 *   QUEUED   n            n + 1          commit n is durable in the queue; its records join what is published, in parts
 *
 *   RESTING --- the close, one batch under the freeze hook: the sets are turned over (publish/close.c) ---> CLOSED
 *   CLOSED  --- pack: SEGMENT into the closed set, PLACED, queue: a transaction a slice (segments.c) ------> CLOSED
 *   CLOSED  --- commit: exact bytes, n, position and past, one transaction (publish/build.c) -----------> QUEUED
 *   QUEUED  --- publish: records and digest, a batch a part (publish/publish.c) ------> QUEUED, at last RESTING
 *
 * A crash between any two leaves one of these, and the next round goes on from there: whatever was not durable is done
 * again. What leaves the queue for the store, and what is confirmed, does not matter to this.
 *
 * Invariants
 *   1. Published records change in two places only, both in a round: publish of QUEUED, and delivery of another's
 *      commit. Digest and positions change in the same batch as they.
 *   2. Nothing of others is applied in CLOSED and in QUEUED: vv and digest of our commit are those of the close.
 *   3. What is applied by a batch may be lost in a crash, with all that came later in the map: position, digest and
 *      records together. It is fetched again. Only what is sent must be durable before.
 *   4. One n is signed once: bytes and n are one transaction.
 *   5. `digest` is that of what is published; behind the last part of QUEUED it is what commit n says.
 *
 * Lock order: work, then what the map's freeze hook takes (the namespace), then the map's own; `lock` of struct sync is
 * a leaf. Nobody who holds the namespace calls the engine, but for sync_wake.
 */
#pragma once

#include "sync/core/state.h"
#include "vault/objects/vv.h"

#define STATE_DIGEST "sync.digest"
#define STATE_LIFE "sync.life"
#define STATE_PAST "sync.past." /* number of the stream(u64) n(u64), both big-endian, first 16 bytes of the hash */

/* state_encode, state_decode: "sync.main", without the digest, which has a record of its own.
 * Decoders: ERR_DAMAGED: not what encode writes; ERR_VERSION: another version. */
void state_encode(const struct state *st, struct buf *out);
MUST_CHECK err_t state_decode(struct span value, struct state *ret);
void state_digest_encode(const struct lthash *h, struct buf *out);
MUST_CHECK err_t state_digest_decode(struct span value, struct lthash *ret);

/* Puts of these records, as parts of a transaction or a batch (ops.h). Failures are sticky, as of ops_put. */
void state_put_digest(struct ops *o, const struct lthash *h);
/* A stream that this state goes on with in place of the one that it was made with (members/incarnation.h). */
struct own_life {
	struct id stream;     /* zero: it does not */
	uint64_t before, dot; /* number of the former stream; what is open may have stamps of its commit `dot` */
};
/* state_get_life: ERR_NOTFOUND; ERR_DAMAGED, ERR_VERSION, what map_get fails with. */
void state_put_life(struct ops *o, const struct own_life *l);
MUST_CHECK err_t state_get_life(struct map *m, struct own_life *ret);
/* state_put_past: what is remembered of a commit that is applied (deliver/past.h encodes it). state_get_past:
 * ERR_NOTFOUND: it is not applied; what map_get fails with. `out` is replaced. */
void state_put_past(struct ops *o, struct position p, struct span value);
MUST_CHECK err_t state_get_past(struct map *m, struct position p, struct buf *out);

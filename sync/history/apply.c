/* SPDX-License-Identifier: MIT
 * Moving from our tip to the one that the chain's rule chooses: undo down to the common ancestor, apply up. Each step
 * is one changeset of the map that holds records, record, position and digest together.
 */
#include "sync/history/apply.h"

#include "sync/core/delta.h"
#include "sync/core/sync_struct.h"
#include "sync/history/chain.h"
#include "sync/history/merge_compat.h"
#include "sync/members/epoch.h"
#include "sync/members/members.h"
#include "sync/publish/close.h"
#include "sync/publish/pending.h"
#include "sync/pull/commit_get.h"
#include "util/trace.h"

#define CUTS_ROUND 3 /* tries in one round to apply beside local changes */
#define RACE_TEXT                                                                                                      \
	"another device published first and its history won; the changes made here since are kept on this device "     \
	"only and are not published any more"

static struct pulled *pulled_take(struct sync *s, struct hash hash)
{
	for (struct pulled **p = &s->pulled.first; *p; p = &(*p)->next) {
		if (hash_eq((*p)->hash, hash)) {
			struct pulled *found = *p;
			*p = found->next;
			found->next = NULL;
			s->pulled.bytes -= found->bytes;
			return found;
		}
	}
	return NULL;
}

static void pulled_put(struct sync *s, struct pulled *p)
{
	p->next = s->pulled.first;
	s->pulled.first = p;
	s->pulled.bytes += p->bytes;
}

/* pulled_get: the changes of a known commit, from memory or once more from the store. */
static err_t pulled_get(struct sync *s, const struct commit_record *n, struct pulled **ret)
{
	struct stream *st = streams_find(s, n->stream);
	struct commit_record again;
	*ret = pulled_take(s, n->hash);
	if (*ret)
		return ERR_OK;
	if (!st)
		return ERR_DAMAGED;
	err_t e = pull_commit(s, st, n->n, &again, ret);
	if (e || hash_eq(again.hash, n->hash))
		return e;
	pulled_free(*ret);
	*ret = NULL;
	sync_alarm(s, "the store shows another commit %llu of a stream than before: equivocation",
	           (unsigned long long)n->n);
	return ERR_FORK;
}

static void digest_check(struct sync *s, const struct commit_record *n, const struct lthash *h, struct hash said)
{
	struct hash digest;
	if (lthash_digest(h, &digest) || hash_eq(digest, said))
		return;
	sync_alarm(s, "after commit %llu at height %llu the map differs from what its author had",
	           (unsigned long long)n->n, (unsigned long long)n->height);
}

/* apply_roots: roots that came in records. One that contradicts what is known is named and not used. */
static err_t apply_roots(struct sync *s)
{
	err_t e = epoch_load(s);
	if (e != ERR_DAMAGED)
		return e;
	sync_alarm(s, "the vault has a key record that contradicts an older one: it is ignored");
	return ERR_OK;
}

static err_t pulled_last(const struct pulled *p, struct commit *ret)
{
	return commit_decode(buf_span(&p->plain[p->parts - 1]), ret);
}

/* apply_merged: the commits that this one merged. The mark names the merging commit: undone, it says nothing. */
static err_t apply_merged(struct sync *s, const struct commit_record *by, const struct pulled *p, struct ops *o)
{
	struct commit c;
	err_t e = pulled_last(p, &c);
	for (uint32_t i = 0; !e && i < c.norphans; i++) {
		struct commit_record *n = commits_find(s, hash_from(c.orphans + (size_t)i * HASH_LEN));
		if (!n || n->applied)
			continue;
		n->merged = by->hash;
		state_put_commit(o, n);
		log_info(AREA_SYNC, "commit %llu at height %llu lost a race; commit %llu merges its changes",
		         (unsigned long long)n->n, (unsigned long long)n->height, (unsigned long long)by->n);
	}
	return e;
}

/* step_visible: the map stands where the step leads, although making it durable failed: the next commit does it. */
static bool step_visible(struct sync *s, const struct state *next)
{
	cleanup(buf_free) struct buf v = BUF_INIT;
	struct state now;
	return map_get(s->c.map, MAP_STATE, span_str(STATE_MAIN), &v) == ERR_OK &&
	       state_decode(buf_span(&v), &now) == ERR_OK && hash_eq(now.tip, next->tip);
}

/* step_commit: what one step moves, together with its changes. `p`: the commit applied, NULL when one is undone. */
static err_t step_commit(struct sync *s, const struct delta *d, const struct state *next, struct commit_record *record,
                         const struct stream *stream, const struct pulled *p)
{
	cleanup(ops_free) struct ops o = OPS_INIT;
	uint64_t changeset = record->changeset;
	state_put(&o, next);
	state_put_commit(&o, record);
	state_put_stream(&o, stream);
	err_t e = p ? apply_merged(s, record, p, &o) : ERR_OK;
	if (!e)
		e = delta_apply(d, s, &o, &changeset);
	if (e && !step_visible(s, next))
		return e;
	s->st = *next;
	*streams_find(s, stream->id) = *stream;
	commits_add(s, record);
	s->heads.due = true;
	if (record->applied && record->changeset != changeset)
		log_error(AREA_SYNC, "undo changeset %llu where %llu was expected", (unsigned long long)changeset,
		          (unsigned long long)record->changeset);
	err_t roster = d->roster ? member_read(s) : ERR_OK;
	if (d->roster && !roster)
		roster = apply_roots(s);
	return e ? e : roster;
}

static err_t apply_delta(struct sync *s, const struct pulled *p, struct delta *d)
{
	struct commit c;
	err_t e = ERR_OK;
	for (uint32_t i = 0; !e && i < p->parts; i++) {
		e = commit_decode(buf_span(&p->plain[i]), &c);
		if (!e)
			e = delta_commit(d, s->c.map, c.changes);
	}
	return e;
}

/* apply_beside: local changes that are in no commit stay in place if the two are merge-compatible: the commit that will
 * hold them is then the same whether they were made before or after. Else there are two histories: a lost race. */
static err_t apply_beside(struct sync *s, const struct delta *theirs)
{
	cleanup(delta_free) struct delta ours = { .roster = false };
	bool fine;
	if (!s->st.uncommitted)
		return ERR_OK;
	err_t e = delta_pending(&ours, s);
	if (!e)
		e = merge_compatible(&ours, theirs, &fine);
	if (e || fine)
		return e;
	return sync_halt(s, STOPPED_RACE, RACE_TEXT);
}

static err_t apply_pulled(struct sync *s, const struct commit_record *n, const struct pulled *p)
{
	cleanup(delta_free) struct delta d = { .roster = false };
	struct state next = s->st;
	struct commit_record record = *n;
	struct stream stream = *streams_find(s, n->stream);
	err_t e = apply_delta(s, p, &d);
	if (!e)
		e = apply_beside(s, &d);
	if (!e)
		e = delta_digest(&d, &next.digest);
	if (e)
		return e;
	record.applied = true;
	record.changeset = map_changeset(s->c.map);
	record.previous = stream.applied;
	stream.applied.n = n->n;
	stream.applied.hash = n->hash;
	next.tip = n->hash;
	next.height = n->height;
	next.chain_bytes += n->bytes;
	if (p->manifest.epoch) {
		next.announced = p->manifest;
		next.announced.height = d.checkpoint_height;
		next.announced_n = 0;
		next.chain_bytes = 0;
	}
	e = step_commit(s, &d, &next, &record, &stream, p);
	if (hash_eq(s->st.tip, n->hash)) /* also when only making it durable failed */
		digest_check(s, n, &next.digest, p->digest);
	return e;
}

static err_t apply_epoch(struct sync *s, const struct commit_record *n, const struct pulled *p)
{
	struct commit c;
	err_t e = pulled_last(p, &c);
	return e || !c.new_epoch.len ? e : epoch_follow(s, n, c.new_epoch);
}

static err_t apply_commit(struct sync *s, struct hash hash)
{
	cleanup(pulled_freep) struct pulled *p = NULL;
	const struct commit_record n = *commits_find(s, hash);
	err_t e = pulled_get(s, &n, &p);
	if (!e && (e = apply_epoch(s, &n, p)))
		return e;
	TRACE(apply_begin, n.stream.b, n.n);
	if (!e)
		e = apply_pulled(s, &n, p);
	/* Local changes: closed, so that it can be seen whether they stand in the way. Under constant change there are
	 * new ones by then: the caller comes again later. */
	for (unsigned tries = 0; e == ERR_BUSY && tries < CUTS_ROUND; tries++) {
		e = publish_close(s, true);
		if (!e)
			e = apply_pulled(s, &n, p);
	}
	TRACE(apply_end, n.stream.b, n.n, e);
	if (e == ERR_BUSY && p)
		pulled_put(s, steal_ptr(p));
	struct transient_key k = transient_key(TRANSIENT_APPLY, n.stream, n.n);
	if (e == ERR_NOTFOUND || sync_unproved(e))
		alarm_transient(s, &k, "commit %llu at height %llu cannot be applied (%s): waiting for it",
		                (unsigned long long)n.n, (unsigned long long)n.height, err_text(e));
	else if (!e)
		alarm_clear(s, &k);
	return e;
}

/* undo_failed: the journal does not give what the commit changed. */
static void undo_failed(struct sync *s, const struct commit_record *n, err_t e)
{
	struct transient_key k = transient_key(TRANSIENT_UNDO, n->stream, n->n);
	alarm_transient(s, &k, "commit %llu at height %llu cannot be undone: changeset %llu of the journal: %s",
	                (unsigned long long)n->n, (unsigned long long)n->height, (unsigned long long)n->changeset,
	                err_text(e));
}

static err_t undo_tip(struct sync *s)
{
	cleanup(delta_free) struct delta d = { BUF_INIT };
	struct state next = s->st;
	struct commit_record record = *commits_find(s, s->st.tip);
	struct stream stream = *streams_find(s, record.stream);
	err_t e = delta_inverse(&d, s->c.map, record.changeset);
	if (!e)
		e = delta_digest(&d, &next.digest);
	if (e) {
		undo_failed(s, &record, e);
		return e;
	}
	stream.applied = record.previous;
	next.tip = record.parent;
	next.height = record.height - 1;
	if (record.manifest) /* what it announced is on no chain of ours any more */
		next.announced = (struct announce){ 0 };
	record.applied = false;
	record.changeset = 0;
	log_info(AREA_SYNC, "undoing commit %llu at height %llu: another history won", (unsigned long long)record.n,
	         (unsigned long long)record.height);
	return step_commit(s, &d, &next, &record, &stream, NULL);
}

/* undo_to: only others' commits, and only while the journal has them. */
static err_t undo_to(struct sync *s, struct hash ancestor)
{
	struct hash at;
	at = s->st.tip;
	while (!hash_eq(at, ancestor)) {
		const struct commit_record *n = commits_find(s, at);
		if (!n || n->own || s->st.uncommitted)
			return sync_halt(s, STOPPED_RACE, RACE_TEXT);
		if (!n->changeset || n->changeset <= s->st.forgotten)
			return sync_halt(s, STOPPED_RACE,
			                 "another history won that parted from ours before what the journal "
			                 "keeps: forget this vault here and join again");
		at = n->parent;
	}
	err_t e = ERR_OK;
	while (!e && !hash_eq(s->st.tip, ancestor))
		e = undo_tip(s);
	return e == ERR_BUSY ? sync_halt(s, STOPPED_RACE, RACE_TEXT) : e;
}

/* commit_counts: not cut off by a revocation. */
static bool commit_counts(const struct commit_record *n, const struct stream *st)
{
	return !st->closed || n->n < st->closed_at || (n->n == st->closed_at && hash_eq(n->hash, st->closed_hash));
}

/* choose: the winner among the commits that count: those of a closed stream only up to where it was closed. */
static err_t choose(struct sync *s, struct hash *best)
{
	cleanup_free struct commit_record *counted = calloc(s->commits.n + 1, sizeof(*counted));
	const struct commit_record *winner;
	size_t n = 0;
	if (!counted)
		return ERR_NOMEM;
	for (size_t i = 0; i < s->commits.n; i++) {
		const struct stream *st = streams_find(s, s->commits.list[i].stream);
		if (!st || commit_counts(&s->commits.list[i], st))
			counted[n++] = s->commits.list[i];
	}
	err_t e = chain_choose(counted, n, s->st.base, &winner);
	if (!e)
		*best = winner ? winner->hash : s->st.tip;
	return e;
}

/* is_applied: `hash` lies on the chain from the base to our tip. */
static bool is_applied(struct sync *s, struct hash hash)
{
	const struct commit_record *n = commits_find(s, hash);
	return n && (n->applied || hash_eq(hash, s->st.base));
}

/* path_lost: between the winner and what is applied here is a commit of which no record is kept: this state is not
 * whole, and every round says so. The person is told once. */
static err_t path_lost(struct sync *s, struct hash winner, struct hash lost)
{
	char to[ID_TEXT], at[ID_TEXT];
	struct transient_key k = transient_key(TRANSIENT_PATH, id_from(lost.b), 0);
	id_hex(id_from(winner.b), to);
	id_hex(id_from(lost.b), at);
	alarm_transient(s, &k,
	                "no record of commit %s is kept here (%zu are), on the way to commit %s: forget this vault "
	                "here and join again",
	                at, s->commits.n, to);
	return ERR_DAMAGED;
}

err_t apply_choice(struct sync *s, bool *ret_moved)
{
	cleanup(buf_free) struct buf path = BUF_INIT; /* hashes, from the winner down */
	struct hash at, winner;
	err_t e = choose(s, &winner);
	if (e)
		return e;
	at = winner;
	while (!is_applied(s, at)) {
		const struct commit_record *n = commits_find(s, at);
		buf_hash(&path, at);
		if (!n || path.failed)
			return n ? ERR_NOMEM : path_lost(s, winner, at);
		at = n->parent;
	}
	if (path.len == 0)
		return ERR_OK;
	e = undo_to(s, at);
	for (size_t i = path.len / HASH_LEN; !e && i > 0; i--) {
		e = sync_stopping(s) ? ERR_CANCELED : apply_commit(s, hash_from(path.p + (i - 1) * HASH_LEN));
		*ret_moved |= !e;
	}
	return e;
}

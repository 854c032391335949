/* SPDX-License-Identifier: MIT
 * Replaying the log when the map is opened.
 */
#include "cache/replay.h"

#include "cache/batch_struct.h"
#include "cache/link.h"
#include "cache/map_commit.h"
#include "cache/map_struct.h"
#include "cache/wal_replay.h"
#include "util/cleanup.h"
#include "util/log.h"
#include "util/trace.h"

struct replay {
	struct map *m;
	struct batch *b;
	uint64_t ops;
};

static err_t on_op(void *ctx, enum map_table t, bool del, struct span key, struct span value, bool last)
{
	struct replay *r = ctx;
	if (del)
		batch_del(r->b, t, key);
	else
		batch_put(r->b, t, key, value);
	r->ops++;
	if (!last)
		return r->b->failed;
	guard(&r->m->apply_lock);
	return r->b->failed ? r->b->failed : map_link(r->m, r->b);
}

err_t replay_run(struct map *m, struct why *why)
{
	cleanup(batch_freep) struct batch *b = batch_new();
	if (!b)
		return ERR_NOMEM;
	struct replay r = { m, b, 0 };
	TRACE(replay_begin, m->published.seq);
	err_t said = wal_replay(m->wal, m->published.seq, on_op, &r);
	TRACE(replay_end, r.ops, said);
	if (said && said != ERR_DAMAGED)
		return why_set(why, said, "the log in the state directory: %s", err_text(said));
	guard(&m->commit_lock);
	err_t e = commit_all(m); /* what was good is kept in either case */
	if (e)
		return why_set(why, e, "cannot commit the log's changes: %s", err_text(e));
	if (r.ops)
		log_info(AREA_CACHE, "replayed %llu changes from the log", (unsigned long long)r.ops);
	if (!said)
		return ERR_OK;
	log_error(AREA_CACHE, "the log is damaged and holds synced changes behind the damage");
	return why_set(why, said,
	               "the file log in the state directory is damaged: some synced changes cannot be read back; "
	               "everything before them is kept. Move that file away to continue without them");
}

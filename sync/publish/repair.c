/* SPDX-License-Identifier: MIT
 * Own commits that the cloud lost.
 */
#include "sync/publish/repair.h"

#include "sync/core/sync_struct.h"

#define REPAIR_MAX 16 /* newest objects of own commits looked at when the engine starts: each is fetched whole */

/* --- what the cloud lost --- */
static err_t repair_one(struct sync *s, const struct item *it)
{
	cleanup(buf_free) struct buf ours = BUF_INIT, theirs = BUF_INIT;
	struct rkey key = queue_key(QUEUE_RETAINED, it->sequence, it->name);
	err_t e = map_get(s->c.map, MAP_QUEUE, rkey_span(&key), &ours);
	if (e)
		return e;
	e = store_get_sync(s->c.store, it->name, 0, 0, OBJECT_MAX, &theirs);
	if (!e && span_cmp(buf_span(&ours), buf_span(&theirs)) == 0)
		return ERR_OK;
	if (e && e != ERR_NOTFOUND && !sync_unproved(e))
		return e;
	s->own.repair = store_put_sync(s->c.store, it->name, buf_span(&ours));
	if (!s->own.repair)
		sync_alarm(s, &(struct alarm_about){ .kind = ALARM_OVER },
		           "the cloud had lost or damaged an own commit (%s): stored again", it->name);
	return ERR_OK;
}

static void name_refusal(struct sync *s)
{
	struct transient_key k = transient_key(TRANSIENT_REPAIR, ID_ZERO, 0);
	if (!s->own.repair)
		alarm_clear(s, &k);
	else
		alarm_transient(s, &k, &(struct alarm_about){ .kind = ALARM_OWN_COMMIT_LOST },
		                "the cloud lost or damaged an own commit, and does not take it again (%s)",
		                err_text(s->own.repair));
}

err_t upload_repair(struct sync *s)
{
	err_t e = ERR_OK;
	unsigned looked = 0;
	s->own.repair = ERR_OK;
	for (size_t i = s->queue.n; !e && !s->own.repair && i > 0 && looked < REPAIR_MAX && !sync_stopping(s); i--) {
		if (s->queue.items[i - 1].kind != QUEUE_RETAINED)
			continue;
		looked++;
		e = repair_one(s, &s->queue.items[i - 1]);
	}
	if (!e)
		name_refusal(s);
	return e;
}

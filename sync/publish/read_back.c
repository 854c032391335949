/* SPDX-License-Identifier: MIT */
#include "sync/publish/read_back.h"

#include "sync/core/alarm_object.h"
#include "sync/core/suspect.h"
#include "sync/core/sync_struct.h"

#define TRUSTED_STEP 8u /* found in their places, until N doubles */
#define EVERY_MOST 64u
#define END_LEN ((size_t)64)

static bool due(struct sync *s)
{
	struct put_trust *t = &s->trust;
	if (++t->since < MAX(t->every, 1u))
		return false;
	t->since = 0;
	return true;
}

static void trust(struct sync *s, bool found)
{
	const unsigned most = s->c.audit.read_back_most ? s->c.audit.read_back_most : EVERY_MOST;
	struct put_trust *t = &s->trust;
	t->good = found ? t->good + 1 : 0;
	if (!found)
		t->every = 1;
	else if (t->good % TRUSTED_STEP == 0)
		t->every = MIN(MAX(t->every, 1u) * 2, most);
}

/* end_is_there: of a segment what lies behind its blocks is drawn anew each time it is sent. */
static err_t end_is_there(struct sync *s, const struct item *it, struct span body, bool *ret)
{
	cleanup(buf_free) struct buf there = BUF_INIT;
	const size_t n = MIN(body.len, END_LEN), at = body.len - n;
	err_t e = store_get_sync(s->c.store, it->name, at, n, n, &there);
	if (e == ERR_NOTFOUND || sync_unproved(e))
		return ERR_OK;
	*ret = !e && (it->kind == QUEUE_SEGMENT || !span_cmp(buf_span(&there), SPAN((const uint8_t *)body.p + at, n)));
	return e;
}

err_t read_back(struct sync *s, const struct item *it, struct span body)
{
	struct transient_key k = transient_key(TRANSIENT_PUT, ID_ZERO, 0);
	bool found = false;
	if (!due(s))
		return ERR_OK;
	err_t e = end_is_there(s, it, body, &found);
	if (e)
		return e;
	trust(s, found);
	if (found) {
		alarm_clear(s, &k);
		return ERR_OK;
	}
	sync_suspect(s);
	alarm_transient(s, &k,
	                &(struct alarm_about){ ALARM_UPLOAD_LOST, alarm_own(s), alarm_object(it->name), ID_ZERO },
	                "the cloud said that it took an object, and does not have it: tried again");
	return ERR_DAMAGED;
}

/* SPDX-License-Identifier: MIT */
#include "sync/publish/publish.h"

#include "sync/core/alarm_object.h"
#include "sync/core/digest_now.h"
#include "sync/core/dirty.h"
#include "sync/core/state_form.h"
#include "sync/core/sync_struct.h"
#include "sync/members/begun.h"
#include "sync/publish/begin.h"
#include "sync/publish/build.h"
#include "sync/publish/close.h"
#include "sync/publish/segments.h"
#include "util/invariant.h"
#include "vault/changeset/publish.h"
#include "vault/join/digest.h"

struct moving { /* a part of the closed set */
	struct sync *s;
	struct lthash digest; /* behind it */
};

/* follows: the digest goes with the records. What is shown does not change, so nothing else follows. */
static err_t follows(void *ctx, const struct view *published, const struct records *changes, struct batch *b)
{
	struct moving *m = ctx;
	cleanup(ops_free) struct ops o = OPS_INIT;
	m->digest = m->s->st.digest;
	err_t e = digest_change(&m->digest, published, changes);
	if (e)
		return e;
	state_put_digest(&o, &m->digest);
	return ops_batch(&o, b);
}

/* moved: all of commit n is published: its digest must be what the commit says. */
static err_t moved(struct sync *s)
{
	struct hash is;
	err_t e = digest_now(s, &is);
	if (e || hash_eq(is, s->st.said))
		return e;
	log_error(AREA_SYNC, "commit %llu has another digest than its records", (unsigned long long)s->st.n);
	INVARIANT(false);
	sync_alarm(s, &(struct alarm_about){ .kind = ALARM_RECORDS_DIFFER, .stream = alarm_own(s) },
	           "this device's own records are not what its commit %llu says: a fault of the program or its disk",
	           (unsigned long long)s->st.n);
	return ERR_OK;
}

/* move: QUEUED to RESTING. */
static err_t move(struct sync *s)
{
	struct changeset *c = s->at.changeset;
	struct moving m = { .s = s };
	struct follow f = { follows, &m };
	const size_t bytes = s->c.publish_bytes ? s->c.publish_bytes : PUBLISH_PART;
	err_t e = ERR_OK;
	if (said_empty(c->closed))
		return ERR_OK;
	while (!e) {
		e = changeset_publish(c, bytes, &f);
		if (!e)
			s->st.digest = m.digest;
	}
	return e == ERR_NOTFOUND ? moved(s) : e;
}

/* fit: what would make others refuse the commit goes back. */
static err_t fit(struct sync *s)
{
	static const struct turn_back usual = { { .keys = PUBLISH_KEYS, .bytes = PUBLISH_BYTES }, PUBLISH_CONTENT };
	struct changeset *c = s->at.changeset;
	bool any = false;
	s->unfit = (struct said_size){ 0 };
	err_t e = changeset_turn_back(c, s->c.turn_back.most.keys ? &s->c.turn_back : &usual, &any);
	if (e || !any)
		return e;
	s->turned_back = true;
	if (said_size(c->closed).keys)
		return ERR_OK;
	s->unfit = said_size(c->open);
	sync_alarm(s, &(struct alarm_about){ .kind = ALARM_TOO_LARGE, .stream = alarm_own(s) },
	           "what was changed in one file is too much for one commit: it stays on this device");
	return ERR_OK;
}

/* begin: an epoch, when it is due, before anything else is built. Not before the store was found to hold nothing of
 * ours that we do not know. */
static err_t begin(struct sync *s)
{
	bool may = s->own_checked && (sync_closed(s) || close_may(s));
	return may ? begin_run(s) : ERR_OK;
}

err_t publish_finish(struct sync *s)
{
	err_t e = sync_closed(s) ? ERR_OK : move(s);
	if (!e)
		e = begin(s);
	if (!e && sync_closed(s)) {
		e = segments_pack(s);
		if (!e)
			e = fit(s);
		if (!e)
			e = build_run(s, NULL);
	}
	if (!e)
		e = move(s);
	return e ? e : begun_say(s, true);
}

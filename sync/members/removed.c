/* SPDX-License-Identifier: MIT */
#include "sync/members/removed.h"

#include "sync/core/dirty.h"
#include "sync/core/sync_struct.h"
#include "sync/members/statements.h"
#include "sync/members/who.h"

#include <time.h>

#define BY_SOMEBODY                                                                                                    \
	"this device was removed from the vault by %.*s on %s: it uploads nothing, and its folder is read-only"
#define WITH_ANOTHER                                                                                                   \
	"this device was removed from the vault, with the device that let it in: it uploads nothing, and its folder "  \
	"is read-only"

/* by_whom: the REVOKE that was said first. */
static void by_whom(const struct roster *r, struct id device, struct removed *ret)
{
	const struct roster_said *first = NULL;
	for (size_t i = 0; i < r->said_n; i++) {
		const struct roster_said *x = &r->said[i];
		if (x->revokes && id_eq(r->signer[x->about].id, device) &&
		    (!first || x->s->as.time < first->s->as.time))
			first = x;
	}
	if (!first)
		return;
	ret->by = first->s->as.signer;
	ret->by_kind = r->signer[first->signer].who.kind;
	ret->since = first->s->as.time;
}

static void date(int64_t at, char out[32])
{
	struct tm tm;
	time_t t = (time_t)at;
	if (!gmtime_r(&t, &tm) || !strftime(out, 32, "%Y-%m-%d %H:%M UTC", &tm))
		snprintf(out, 32, "a day that is not known");
}

static void say(struct sync *s, struct removed *x)
{
	cleanup(buf_free) struct buf by = BUF_INIT;
	const struct transient_key k = transient_key(TRANSIENT_REMOVED, ID_ZERO, 0);
	const struct alarm_about about = { .kind = ALARM_REMOVED,
		                           .device = x->by_kind == SIGNER_DEVICE ? x->by : ID_ZERO };
	char since[32];
	date(x->since, since);
	if (!id_is_zero(x->by))
		who_signer(s->c.map, x->by, x->by_kind, &by);
	if (by.len) {
		snprintf(x->text, sizeof(x->text), BY_SOMEBODY, (int)by.len, (const char *)by.p, since);
		alarm_transient(s, &k, &about, BY_SOMEBODY, (int)by.len, (const char *)by.p, since);
	} else {
		snprintf(x->text, sizeof(x->text), WITH_ANOTHER);
		alarm_transient(s, &k, &about, WITH_ANOTHER);
	}
}

static void tell(const struct sync *s)
{
	if (s->c.on_removed.fn)
		s->c.on_removed.fn(s->c.on_removed.ctx, s->removed.is);
}

void removed_look(struct sync *s)
{
	const struct transient_key k = transient_key(TRANSIENT_REMOVED, ID_ZERO, 0);
	const struct roster *r = &s->statements->roster;
	const struct roster_signer *me = roster_who(r, s->device);
	struct removed now = { .is = me && !roster_member(me) };
	if (now.is == s->removed.is)
		return;
	if (now.is) {
		by_whom(r, s->device, &now);
		say(s, &now);
	} else {
		alarm_clear(s, &k);
	}
	s->removed = now;
	tell(s);
}

bool removed_lacks(struct sync *s)
{
	const struct stream *own = s->removed.is ? streams_find(s, s->stream) : NULL;
	uint64_t objects, bytes;
	if (!own)
		return false;
	queue_waiting(&s->queue, &objects, &bytes);
	return objects || sync_dirty(s) || sync_closed(s) || (own->closed && s->st.n > own->closed_at);
}

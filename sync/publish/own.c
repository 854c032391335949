/* SPDX-License-Identifier: MIT */
#include "sync/publish/own.h"

#include "sync/core/dirty.h"
#include "sync/core/epoch.h"
#include "sync/core/suspect.h"
#include "sync/core/sync_struct.h"
#include "sync/members/incarnation.h"
#include "sync/members/mailbox.h"
#include "sync/publish/own_get.h"
#include "sync/publish/rehome.h"
#include "sync/publish/repair.h"
#include "sync/publish/upload.h"
#include "sync/pull/former.h"
#include "sync/pull/pull.h"
#include "vault/objects/head.h"

#define PLACE_PERIOD (60 * NS_PER_S)
#define OWN_PERIOD (300 * NS_PER_S)
#define OWN_KEPT 16 /* own commits that may have been written over */

/* newer_commit: the first part of a commit n + 1. */
static err_t newer_commit(struct sync *s, const struct epoch *epoch, struct hash stream, bool *ret)
{
	cleanup(buf_free) struct buf contents = BUF_INIT;
	char name[OBJECT_NAME];
	bool is = false;
	err_t e = name_commit(&epoch->names, stream, s->st.n + 1, 0, name);
	if (e)
		return e;
	struct object_place at = epoch_place(epoch, OBJECT_COMMIT, name);
	e = own_get(s, &at, &contents);
	if (!e)
		e = own_get_is(s, buf_span(&contents), s->st.n + 1, &is);
	*ret |= is;
	return e == ERR_NOTFOUND ? ERR_OK : e;
}

/* head_is_newer: it counts commits that we do not know. A greater counter alone is a backup that was restored, or lost
 * with its disk: ours goes on from there. A smaller one is of a PUT that came late: it is written anew. */
static bool head_is_newer(struct sync *s, struct span contents, struct hash stream, bool *ret_bad)
{
	struct head h;
	bool newer = false;
	*ret_bad = head_decode(contents, &h);
	if (*ret_bad)
		return false;
	*ret_bad = h.counter < s->st.head_counter;
	s->st.head_counter = MAX(s->st.head_counter, h.counter);
	for (size_t i = 0; i < h.applied.n; i++)
		newer |= hash_eq(h.applied.v[i].stream, stream) && h.applied.v[i].n > s->st.n;
	head_free(&h);
	return newer;
}

/* newer_head: one that is gone, too, is written anew, under the newest epoch. */
static err_t newer_head(struct sync *s, const struct epoch *epoch, struct hash stream, bool *ret)
{
	cleanup(buf_free) struct buf contents = BUF_INIT;
	char name[OBJECT_NAME];
	bool bad = false;
	err_t e = name_head(&epoch->names, stream, name);
	if (e)
		return e;
	struct object_place at = epoch_place(epoch, OBJECT_HEAD, name);
	e = own_get(s, &at, &contents);
	if (!e)
		*ret |= head_is_newer(s, buf_span(&contents), stream, &bad);
	bad |= e == ERR_NOTFOUND && s->st.head_counter;
	bad &= keyring_find(s->c.keyring, epoch->at.number, epoch->at.id) == keyring_epoch(s->c.keyring);
	s->heads.due |= bad;
	s->heads.missed |= bad;
	return e == ERR_NOTFOUND ? ERR_OK : e;
}

/* own_settle: what is open has stamps of a stream before this one, of which not all is here yet. Its commits may stand
 * on those of devices that are new to this state. */
static err_t own_settle(struct sync *s)
{
	bool news = false;
	if (incarnation_may(s) || !s->at.changeset)
		return ERR_OK;
	err_t e = changeset_turn_back_all(s->at.changeset); /* nothing of others is applied beside what is closed */
	if (!e)
		e = member_mailbox(s);
	if (!e)
		e = pull_run(s, &news);
	return e ? e : former_fill(s);
}

/* own_other: this state has another life. What is signed is sent; then it goes on as a new stream. Where the store
 * lacks what that stands on, the next round tries again. */
static err_t own_other(struct sync *s, uint64_t first)
{
	err_t e = s->st.confirmed != s->st.n ? upload_run(s) : ERR_OK;
	if (!e)
		e = own_settle(s);
	return e ? e : incarnation_begin(s, first);
}

static err_t own_halt(struct sync *s)
{
	return sync_halt(
	        s, "this device's state is older than the cloud (restored backup or a copy?): forget this vault here "
	           "and join again");
}

enum look { LOOK_PLACE = 1, LOOK_NEXT = 2, LOOK_HEAD = 4 };

/* own_newer: whether the store has what comes behind what we know. */
static err_t own_newer(struct sync *s, unsigned look, bool *ret)
{
	const struct stream *own = streams_find(s, s->stream);
	err_t e = ERR_OK;
	for (uint32_t i = keyring_from(s->c.keyring, own->epoch); !e && !*ret && i <= keyring_epoch(s->c.keyring);
	     i++) {
		cleanup(epoch_wipe) struct epoch epoch = { 0 };
		e = epoch_open(s->c.keyring, i, &epoch);
		if (!e && look & LOOK_NEXT)
			e = newer_commit(s, &epoch, own->hash, ret);
		if (!e && !*ret && look & LOOK_HEAD)
			e = newer_head(s, &epoch, own->hash, ret);
	}
	return e;
}

/* own_due: at what. Before a close whether the next place is free. Whether our newest commit is in its place: at the
 * first poll behind its upload; when somebody waits and nothing is to be published; else once a minute, so that a
 * change that is waited for costs one request. Our head: likewise when there is time, or a newcomer finds by it alone
 * the checkpoint that we trust in, and at times. */
static unsigned own_due(struct sync *s)
{
	int64_t now = s->c.clock.mono(s->c.clock.ctx);
	bool publishes = sync_dirty(s), waits = !s->mailbox.swept, uploaded = s->own.compared != s->st.confirmed;
	bool old = now - s->own.place_time >= PLACE_PERIOD;
	bool place = publishes ? old : waits || uploaded;
	bool names = s->st.announced.epoch, head = (waits && (!publishes || names)) || now - s->own.time >= OWN_PERIOD;
	return (place ? LOOK_PLACE : 0) | (publishes ? LOOK_NEXT : 0) | (head ? LOOK_HEAD : 0);
}

static void own_looked(struct sync *s, unsigned look)
{
	int64_t now = s->c.clock.mono(s->c.clock.ctx);
	if (look & LOOK_PLACE) {
		s->own.compared = s->st.confirmed;
		s->own.place_time = now;
	}
	if (look & LOOK_HEAD)
		s->own.time = now;
}

/* own_met: whether another life of this state has shown itself since the last look, or the store lost our newest
 * commit. That is looked at behind its upload, too: two lives that saw the same place free both wrote to it. */
static err_t own_met(struct sync *s, bool *ret)
{
	struct taken taken = { 0 };
	*ret = s->own.met;
	unsigned look = *ret || !s->at.changeset ? 0 : own_due(s);
	err_t e = look & LOOK_PLACE ? taken_find(s, 1, &taken) : ERR_OK;
	*ret |= taken.n != 0 || taken.lost || s->own.repair;
	if (!e && !*ret)
		e = own_newer(s, look, ret);
	if (e || *ret)
		return e;
	own_looked(s, look);
	if (look & LOOK_HEAD && s->heads.missed) { /* a store that lost it has lost more, or went back */
		s->mailbox.swept = false;
		s->checkpoint.looked = 0;
		sync_suspect(s);
	}
	return ERR_OK;
}

/* own_look: all of it. */
static err_t own_look(struct sync *s)
{
	struct taken taken = { 0 };
	bool newer = s->own.met;
	err_t e = taken_find(s, OWN_KEPT, &taken);
	if (!e && taken.n)
		e = rehome_run(s, &taken);
	if (!e && !taken.n && !newer)
		e = own_newer(s, LOOK_NEXT | LOOK_HEAD, &newer);
	if (!e)
		e = newer || taken.n ? own_other(s, taken.n) : upload_repair(s);
	if (e)
		return e;
	s->own.met = false;
	own_looked(s, LOOK_PLACE | LOOK_HEAD);
	return ERR_OK;
}

err_t own_check(struct sync *s)
{
	bool met = false;
	err_t e = s->own_checked ? own_met(s, &met) : ERR_OK;
	if (e || (s->own_checked && !met))
		return e;
	s->own_checked = false;
	e = own_look(s);
	s->own_checked = !e;
	return e == ERR_FORK ? own_halt(s) : e;
}

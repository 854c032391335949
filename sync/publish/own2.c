/* SPDX-License-Identifier: MIT */
#include "sync/publish/own2.h"

#include "sync/core/epoch2.h"
#include "sync/core/sync_struct.h"
#include "sync/members/incarnation2.h"
#include "sync/publish/own_get2.h"
#include "sync/publish/rehome2.h"
#include "sync/publish/repair.h"
#include "sync/publish/upload.h"
#include "sync/pull/former2.h"
#include "sync/pull/pull2.h"
#include "vault/objects/head2.h"

/* newer_commit: the first part of a commit n + 1. */
static err_t newer_commit(struct sync *s, const struct epoch2 *epoch, struct hash stream, bool *ret)
{
	cleanup(buf_free) struct buf contents = BUF_INIT;
	char name[OBJECT2_NAME];
	bool is = false;
	err_t e = name2_commit(&epoch->names, stream, s->st.n + 1, 0, name);
	if (e)
		return e;
	struct object2_place at = epoch2_place(epoch, OBJECT2_COMMIT, name);
	e = own_get2(s, &at, &contents);
	if (!e)
		e = own_get2_is(s, buf_span(&contents), s->st.n + 1, &is);
	*ret |= is;
	return e == ERR_NOTFOUND ? ERR_OK : e;
}

/* head_is_newer: it counts commits that we do not know. A greater counter alone is a backup that was restored, or lost
 * with its disk: ours goes on from there. */
static bool head_is_newer(struct sync *s, struct span contents, struct hash stream)
{
	struct head2 h;
	bool newer = false;
	if (head2_decode(contents, &h))
		return false; /* it is written anew */
	s->st.head_counter = MAX(s->st.head_counter, h.counter);
	for (size_t i = 0; i < h.applied.n; i++)
		newer |= hash_eq(h.applied.v[i].stream, stream) && h.applied.v[i].n > s->st.n;
	head2_free(&h);
	return newer;
}

static err_t newer_head(struct sync *s, const struct epoch2 *epoch, struct hash stream, bool *ret)
{
	cleanup(buf_free) struct buf contents = BUF_INIT;
	char name[OBJECT2_NAME];
	err_t e = name2_head(&epoch->names, stream, name);
	if (e)
		return e;
	struct object2_place at = epoch2_place(epoch, OBJECT2_HEAD, name);
	e = own_get2(s, &at, &contents);
	if (!e)
		*ret |= head_is_newer(s, buf_span(&contents), stream);
	return e == ERR_NOTFOUND ? ERR_OK : e;
}

/* own_settle: what is open has stamps of a stream before this one, of which not all is here yet. */
static err_t own_settle(struct sync *s)
{
	bool news = false;
	if (incarnation2_may(s) || !s->at.changeset)
		return ERR_OK;
	err_t e = changeset_turn_back_all(s->at.changeset); /* nothing of others is applied beside what is closed */
	if (!e)
		e = pull2_run(s, &news);
	return e ? e : former2_fill(s);
}

/* own_other: this state has another life. What is signed is sent; then it goes on as a new stream. */
static err_t own_other(struct sync *s, uint64_t first)
{
	err_t e = s->st.confirmed != s->st.n ? upload_run(s) : ERR_OK;
	if (!e)
		e = own_settle(s);
	return e ? e : incarnation2_begin(s, first);
}

static err_t own_halt(struct sync *s)
{
	return sync_halt(
	        s, "this device's state is older than the store (restored backup or a copy?): forget this vault here "
	           "and join again");
}

/* own_newer: whether the store has what we do not know; *ret_first: n of the first commit that waits here and has its
 * place taken. */
static err_t own_newer(struct sync *s, bool *ret, uint64_t *ret_first)
{
	const struct stream *own = streams_find(s, s->c.stream);
	err_t e = rehome2_run(s, ret_first);
	*ret = *ret_first;
	for (uint32_t i = MAX(own->epoch, 1u); !e && !*ret && i <= keyring_epoch(s->c.keyring); i++) {
		cleanup(epoch2_wipe) struct epoch2 epoch = { 0 };
		e = epoch2_open(s->c.keyring, i, &epoch);
		if (!e)
			e = newer_commit(s, &epoch, own->hash, ret);
		if (!e && !*ret)
			e = newer_head(s, &epoch, own->hash, ret);
	}
	return e;
}

err_t own2_check(struct sync *s)
{
	uint64_t first = 0;
	bool newer = false;
	if (s->own_checked)
		return ERR_OK;
	err_t e = own_newer(s, &newer, &first);
	if (!e)
		e = newer ? own_other(s, first) : upload_repair(s);
	s->own_checked = !e;
	return e == ERR_FORK ? own_halt(s) : e;
}

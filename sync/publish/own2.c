/* SPDX-License-Identifier: MIT */
#include "sync/publish/own2.h"

#include "sync/core/epoch2.h"
#include "sync/core/sync_struct.h"
#include "sync/members/incarnation2.h"
#include "sync/publish/repair.h"
#include "sync/publish/upload.h"
#include "vault/objects/commit2.h"
#include "vault/objects/head2.h"

/* own_get: an object in that place that this device signed: any member can put another there. ERR_NOTFOUND: none, or
 * one that proves nothing. */
static err_t own_get(struct sync *s, const struct object2_place *at, struct buf *ret_contents)
{
	cleanup(buf_free) struct buf body = BUF_INIT;
	struct hash hash;
	uint8_t sig[SIG_LEN];
	err_t e = store_get_sync(s->c.store, at->name, 0, 0, OBJECT2_MAX, &body);
	if (!e)
		e = object2_open(at, buf_span(&body), ret_contents, &hash, sig);
	if (!e)
		e = object2_verify(streams_find(s, s->c.stream)->key, hash, sig);
	return sync_unproved(e) ? ERR_NOTFOUND : e;
}

/* is_older: what we signed for another place, and somebody sealed for this one. */
static err_t is_older(struct sync *s, struct span contents, bool *ret)
{
	cleanup(commit2_free) struct commit2 c = { 0 };
	err_t e = commit2_decode(contents, &c);
	*ret = !e && (c.stream != streams_find(s, s->c.stream)->number || c.n != s->st.n + 1);
	return sync_unproved(e) ? ERR_OK : e;
}

/* newer_commit: the first part of a commit n + 1. */
static err_t newer_commit(struct sync *s, const struct epoch2 *epoch, struct hash stream, bool *ret)
{
	cleanup(buf_free) struct buf contents = BUF_INIT;
	char name[OBJECT2_NAME];
	bool older;
	err_t e = name2_commit(&epoch->names, stream, s->st.n + 1, 0, name);
	if (e)
		return e;
	struct object2_place at = epoch2_place(epoch, OBJECT2_COMMIT, name);
	e = own_get(s, &at, &contents);
	if (!e)
		e = is_older(s, buf_span(&contents), &older);
	if (!e)
		*ret |= !older;
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
	e = own_get(s, &at, &contents);
	if (!e)
		*ret |= head_is_newer(s, buf_span(&contents), stream);
	return e == ERR_NOTFOUND ? ERR_OK : e;
}

/* waits_as_stored: what waits for its place there may go: it is free, or has the same bytes, which an answer that was
 * lost before the backup, or the other copy, has left. */
static err_t waits_as_stored(struct sync *s, const struct item *it)
{
	cleanup(buf_free) struct buf here = BUF_INIT, there = BUF_INIT;
	struct rkey key = queue_key(it->kind, it->sequence, it->name);
	err_t e = store_get_sync(s->c.store, it->name, 0, 0, OBJECT2_MAX, &there);
	if (e)
		return e == ERR_NOTFOUND ? ERR_OK : e;
	e = map_get(s->c.map, MAP_QUEUE, rkey_span(&key), &here);
	return !e && span_cmp(buf_span(&here), buf_span(&there)) ? ERR_FORK : e;
}

/* own_send: commits of the stream that ends here. ERR_FORK: another one is in the place of one. */
static err_t own_send(struct sync *s)
{
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < s->queue.n; i++) {
		unsigned class = s->queue.items[i].sequence & 0xff;
		if (s->queue.items[i].kind == QUEUE_OBJECT && (class == CLASS_PART || class == CLASS_COMMIT))
			e = waits_as_stored(s, &s->queue.items[i]);
	}
	return e ? e : upload_run(s);
}

static err_t own_halt(struct sync *s)
{
	return sync_halt(
	        s, STOPPED_FORK,
	        "this device's state is older than the store (restored backup or a copy?): forget this vault here "
	        "and join again");
}

err_t own2_check(struct sync *s)
{
	const struct stream *own = streams_find(s, s->c.stream);
	bool newer = false;
	err_t e = ERR_OK;
	if (s->own_checked)
		return ERR_OK;
	for (uint32_t i = MAX(own->epoch, 1u); !e && !newer && i <= keyring_epoch(s->c.keyring); i++) {
		cleanup(epoch2_wipe) struct epoch2 epoch = { 0 };
		e = epoch2_open(s->c.keyring, i, &epoch);
		if (!e)
			e = newer_commit(s, &epoch, own->hash, &newer);
		if (!e && !newer)
			e = newer_head(s, &epoch, own->hash, &newer);
	}
	if (newer) {
		e = s->st.confirmed != s->st.n ? own_send(s) : ERR_OK;
		if (!e)
			e = incarnation2_begin(s);
		s->own_checked = !e;
		return e == ERR_FORK ? own_halt(s) : e;
	}
	if (!e)
		e = upload_repair(s);
	s->own_checked = !e;
	return e;
}

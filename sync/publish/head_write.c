/* SPDX-License-Identifier: MIT
 * Our head: written lazily, and only when all that it names is on the store.
 */
#include "sync/publish/head_write.h"

#include "sync/core/sync_struct.h"
#include "sync/publish/head_write2.h"

static void head_fill(struct sync *s, struct head *h, struct stream_pos *at)
{
	for (size_t i = 0; i < s->streams.n; i++)
		at[i] = s->streams.list[i].applied;
	h->stream = s->c.stream;
	h->tip = s->st.tip;
	h->n = s->st.n;
	h->epoch = keyring_epoch(s->c.keyring);
	h->height = s->st.height;
	h->time = s->c.clock.wall(s->c.clock.ctx);
	h->counter = s->st.head_counter;
	if (s->st.announced.epoch && !s->st.announced_n) {
		h->manifest = s->st.announced.hash;
		h->manifest_id = s->st.announced.id;
		h->manifest_epoch = s->st.announced.epoch;
	}
	h->applied = at;
	h->napplied = s->streams.n;
}

/* head_count: the counter moves on durably before the head that bears it is PUT. */
static err_t head_count(struct sync *s)
{
	cleanup(ops_free) struct ops o = OPS_INIT;
	struct state next = s->st;
	next.head_counter++;
	state_put(&o, &next);
	err_t e = ops_commit(&o, s->c.map);
	if (!e)
		s->st = next;
	return e;
}

err_t head_write(struct sync *s)
{
	cleanup(buf_free) struct buf plain = BUF_INIT, sealed = BUF_INIT;
	cleanup_free struct stream_pos *at = calloc(s->streams.n + 1, sizeof(*at));
	char name[OBJECT_NAME];
	struct hash hash;
	struct head h = { 0 };
	if (s->format == VAULT_FORMAT_2)
		return head_write2(s);
	if (!at)
		return ERR_NOMEM;
	if (s->st.confirmed != s->st.n)
		return ERR_OK;
	err_t e = head_count(s);
	if (e)
		return e;
	head_fill(s, &h, at);
	e = head_encode(&h, &plain);
	if (!e)
		e = name_head(s->c.keyring, h.epoch, s->c.stream, name);
	if (!e)
		e = object_seal(OBJECT_PLACE(s->c.keyring, h.epoch, OBJ_HEAD, name), buf_span(&plain), s->c.device_seed,
		                &sealed, &hash);
	if (!e)
		e = store_put_sync(s->c.store, name, buf_span(&sealed));
	if (e)
		return e;
	s->heads.due = false;
	s->heads.written = s->c.clock.mono(s->c.clock.ctx);
	return ERR_OK;
}

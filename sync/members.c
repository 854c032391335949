/* SPDX-License-Identifier: MIT
 * Whose commits count: streams proved by statements that a human slot signed. Neither a record in the map nor the
 * store can add one. Statements come from the join mailbox and from the map; both go through member_statement.
 */
#include "sync/internal.h"

#define MAILBOX_ROUND 256 /* places looked at in one round */

static err_t member_join(struct sync *s, const struct statement *st)
{
	struct stream *known = streams_find(s, st->stream);
	struct stream add = { .epoch = 1 };
	if (known)
		return memcmp(known->key, st->device_key, 32) == 0 ? ERR_OK : ERR_DAMAGED;
	memcpy(add.id, st->stream, ID_LEN);
	memcpy(add.seen.stream, st->stream, ID_LEN);
	memcpy(add.applied.stream, st->stream, ID_LEN);
	memcpy(add.device, st->device, ID_LEN);
	memcpy(add.key, st->device_key, 32);
	log_info("sync", "a device joined: %.*s", (int)st->name.len, (const char *)st->name.p);
	return streams_add(s, &add);
}

static bool revoke_at(const struct statement *st, struct stream *stream)
{
	uint64_t at = 0;
	if (memcmp(stream->device, st->device, ID_LEN) != 0)
		return false;
	for (size_t k = 0; k < st->ncuts; k++) {
		if (memcmp(st->cuts[k].stream, stream->id, ID_LEN) == 0)
			at = st->cuts[k].n;
	}
	if (stream->closed && stream->closed_at <= at)
		return false;
	stream->closed = true;
	stream->closed_at = at;
	return true;
}

/* member_revoke: closes every stream of the device: at its cut, or at 0 when none is named. */
static err_t member_revoke(struct sync *s, const struct statement *st)
{
	for (size_t i = 0; i < s->nstreams; i++) {
		cleanup(ops_free) struct ops o = OPS_INIT;
		struct stream next = s->streams[i];
		if (!revoke_at(st, &next))
			continue;
		state_put_stream(&o, &next);
		err_t e = ops_commit(&o, s->c.map);
		if (e)
			return e;
		s->streams[i] = next;
	}
	return ERR_OK;
}

err_t member_statement(struct sync *s, struct span bytes)
{
	cleanup_free struct stream_cut *cuts = calloc(CUTS_MAX, sizeof(*cuts));
	struct statement st;
	uint8_t key[32];
	if (!cuts)
		return ERR_NOMEM;
	err_t e = statement_decode(bytes, &st, cuts);
	if (!e)
		e = header_slot_key(s->header, st.slot, key);
	if (!e)
		e = statement_verify(bytes, header_vault(s->header), header_genesis(s->header), key);
	if (e)
		return e == ERR_NOTFOUND ? ERR_DAMAGED : e;
	if (st.kind == ST_JOIN)
		return member_join(s, &st);
	return st.kind == ST_REVOKE ? member_revoke(s, &st) : ERR_OK;
}

struct statements {
	struct buf all; /* blob32 each: the map must not be called from inside a scan */
};

static int member_collect(void *ctx, struct span key, struct span value)
{
	struct statements *list = ctx;
	(void)key;
	if (value.p)
		buf_blob32(&list->all, value);
	return buf_ok(&list->all);
}

err_t member_read(struct sync *s)
{
	struct statements list = { BUF_INIT };
	struct rkey prefix = key_kind(REC_STATEMENT);
	err_t e = map_scan(s->c.map, MAP_TREE, rkey_span(&prefix), SPAN(NULL, 0), member_collect, &list);
	struct rd r = RD(buf_span(&list.all));
	while (!e && r.left && !r.bad) {
		struct span one = rd_blob32(&r);
		e = member_statement(s, one);
		if (e == ERR_DAMAGED || e == ERR_VERSION) {
			sync_alarm(s, "a statement in the vault does not verify and is ignored");
			e = ERR_OK;
		}
	}
	buf_free(&list.all);
	return e;
}

/* mailbox_read: ERR_NOTFOUND: the place is empty; ERR_DAMAGED: what is there proves nothing. */
static err_t mailbox_read(struct sync *s, uint32_t epoch, uint64_t place)
{
	cleanup(buf_free) struct buf body = BUF_INIT, plain = BUF_INIT;
	char name[OBJECT_NAME];
	uint8_t hash[HASH_LEN], sig[SIG_LEN];
	err_t e = name_join(s->c.ring, epoch, place, name);
	if (!e)
		e = store_get_sync(s->c.store, name, 0, 0, OBJECT_MAX, &body);
	if (e)
		return e;
	e = object_open(s->c.ring, epoch, OBJ_JOIN, name, buf_span(&body), NULL, &plain, hash, sig);
	return e ? e : member_statement(s, buf_span(&plain));
}

err_t member_mailbox(struct sync *s)
{
	cleanup(ops_free) struct ops o = OPS_INIT;
	struct state next = s->st;
	bool gap = false;
	err_t e = ERR_OK;
	uint32_t epoch = keyring_epoch(s->c.ring);
	if (next.mailbox_epoch != epoch) {
		next.mailbox_epoch = epoch;
		next.mailbox = 0;
	}
	uint64_t place = next.mailbox;
	for (unsigned i = 0; i < MAILBOX_ROUND && !sync_stopping(s); i++, place++) {
		e = mailbox_read(s, epoch, place);
		if (sync_unproved(e)) {
			/* Passed over, but looked at again: a store may show damage today and the truth tomorrow. */
			sync_alarm(s, "place %llu of the join mailbox does not verify and is ignored",
			           (unsigned long long)place);
			gap = true;
		} else if (e) {
			break;
		}
		if (!gap)
			next.mailbox = place + 1;
	}
	if (e && e != ERR_NOTFOUND && !sync_unproved(e))
		return e;
	if (next.mailbox == s->st.mailbox && next.mailbox_epoch == s->st.mailbox_epoch)
		return ERR_OK;
	state_put(&o, &next);
	e = ops_commit(&o, s->c.map);
	if (!e)
		s->st = next;
	return e;
}

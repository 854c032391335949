/* SPDX-License-Identifier: MIT
 * A device's entrance: its first state, its records, and its statement in the mailbox, which it looks after until
 * another device stands on one of its commits (a racing joiner may have overwritten the place), and at every start.
 */
#include "sync/members/join.h"

#include "sync/core/state2.h"
#include "sync/core/sync_struct.h"
#include "vault/keys/keys.h"

#define PLACES_MAX 1024 /* tried in one go */

static void fresh_stream(struct id id, struct id device, const uint8_t key[32], struct ops *o)
{
	struct stream st = { .epoch = 1 };
	st.id = id;
	st.seen.stream = id;
	st.applied.stream = id;
	st.device = device;
	memcpy(st.key, key, 32);
	state_put_stream(o, &st);
}

static err_t fresh_state(enum vault_format format, struct ops *o)
{
	static const struct lthash nothing;
	struct state st = { .format = format, .mailbox_epoch = 1 };
	struct commit_record base = { .applied = true };
	err_t e = format == VAULT_FORMAT_2 ? crypto_random_id(&st.nonce) : ERR_OK;
	if (e)
		return e;
	state_put(o, &st);
	if (format == VAULT_FORMAT_2)
		state_put_digest(o, &nothing);
	else
		state_put_commit(o, &base);
	return ERR_OK;
}

err_t join_fresh(const struct bootstrap *b)
{
	cleanup(ops_free) struct ops o = OPS_INIT;
	cleanup(buf_free) struct buf header = BUF_INIT;
	struct public_keys keys;
	err_t e = header_encode(b->header, &header);
	if (!e)
		e = keys_from_seed(b->device_seed, &keys);
	if (e)
		return e;
	fresh_stream(header_first_stream(b->header), header_first_device(b->header), header_first_device_key(b->header),
	             &o);
	if (!id_eq(b->stream, header_first_stream(b->header)))
		fresh_stream(b->stream, b->device, keys.sign, &o);
	e = fresh_state(b->format, &o);
	if (e)
		return e;
	ops_put(&o, MAP_STATE, span_str(STATE_HEADER), buf_span(&header));
	return ops_commit(&o, b->map);
}

err_t join_records(const struct bootstrap *b, struct id slot, struct span statement, struct ops *o)
{
	cleanup(buf_free) struct buf v = BUF_INIT;
	struct rkey device = key_id(REC_DEVICE, b->device), stream = key_id(REC_STREAM, b->stream);
	struct device_rec d = { .name = span_str(b->device_name), .added = b->clock.wall(b->clock.ctx) / NS_PER_S };
	struct stream_rec r = { 0 };
	struct public_keys keys;
	struct hash hash;
	err_t e = keys_from_seed(b->device_seed, &keys);
	if (e)
		return e;
	memcpy(d.sign_key, keys.sign, 32);
	d.slot = slot;
	r.device = b->device;
	device_encode(&d, &v);
	if ((e = buf_ok(&v)))
		return ERR_INVAL;
	ops_put(o, MAP_RECORDS, rkey_span(&device), buf_span(&v));
	buf_clear(&v);
	stream_encode(&r, &v);
	ops_put(o, MAP_RECORDS, rkey_span(&stream), buf_span(&v));
	if (statement.len && !(e = statement_hash(statement, &hash))) {
		struct rkey key = key_bytes(REC_STATEMENT, hash_span(&hash));
		ops_put(o, MAP_RECORDS, rkey_span(&key), statement);
	}
	return e ? e : buf_ok(&o->b);
}

static err_t join_save(struct sync *s, const struct join *j)
{
	cleanup(ops_free) struct ops o = OPS_INIT;
	cleanup(buf_free) struct buf v = BUF_INIT;
	state_join_encode(j, &v);
	ops_put(&o, MAP_STATE, span_str(STATE_JOIN), buf_span(&v));
	err_t e = buf_ok(&v);
	return e ? e : ops_commit(&o, s->c.map);
}

/* place_get: ERR_OK: our statement is there; ERR_NOTFOUND: free; ERR_EXISTS: another's; ERR_DAMAGED: proves nothing. */
static err_t place_get(struct sync *s, const struct join *j, const char *name)
{
	cleanup(buf_free) struct buf body = BUF_INIT, plain = BUF_INIT;
	struct hash hash;
	uint8_t sig[SIG_LEN];
	err_t e = store_get_sync(s->c.store, name, 0, 0, OBJECT_MAX, &body);
	if (!e)
		e = object_open(OBJECT_PLACE(s->c.keyring, j->epoch, OBJ_JOIN, name), buf_span(&body), NULL, &plain,
		                &hash, sig);
	if (sync_unproved(e))
		return ERR_DAMAGED;
	if (!e && span_cmp(buf_span(&plain), j->statement) != 0)
		e = ERR_EXISTS;
	return e;
}

/* place_put: PUT and read back, since another joiner's PUT may have come later: then ERR_EXISTS. */
static err_t place_put(struct sync *s, const struct join *j, const char *name)
{
	cleanup(buf_free) struct buf sealed = BUF_INIT;
	struct hash hash;
	err_t e = object_seal(OBJECT_PLACE(s->c.keyring, j->epoch, OBJ_JOIN, name), j->statement, NULL, &sealed, &hash);
	if (!e)
		e = store_put_sync(s->c.store, name, buf_span(&sealed));
	if (!e)
		e = place_get(s, j, name);
	return e == ERR_DAMAGED ? ERR_OK : e; /* looked at again in later rounds */
}

/* join_put: our statement into the first free place from j->place on. Bytes that prove nothing are passed over when
 * `fresh`; later they are taken for our own, damaged, and PUT again in place. */
static err_t join_put(struct sync *s, struct join *j, bool fresh)
{
	for (unsigned i = 0; i < PLACES_MAX; i++) {
		char name[OBJECT_NAME];
		err_t e = name_join(s->c.keyring, j->epoch, j->place, name);
		if (!e)
			e = place_get(s, j, name);
		if (e == ERR_NOTFOUND || (e == ERR_DAMAGED && !fresh))
			e = place_put(s, j, name);
		if (e != ERR_EXISTS && e != ERR_DAMAGED)
			return e;
		j->place++;
	}
	return ERR_LIMIT;
}

/* numbering: the slot's statements seen so far. */
struct numbering {
	struct id slot;
	uint64_t number;
	struct hash previous;
};

static err_t number_one(struct numbering *nb, struct span bytes)
{
	cleanup_free struct stream_cut *cuts = calloc(CUTS_MAX, sizeof(*cuts));
	struct statement st;
	if (!cuts)
		return ERR_NOMEM;
	if (statement_decode(bytes, &st, cuts) || !id_eq(st.slot, nb->slot) || st.number < nb->number)
		return ERR_OK;
	nb->number = st.number;
	return statement_hash(bytes, &nb->previous);
}

static int number_record(void *ctx, struct span key, struct span value)
{
	(void)key;
	return value.p ? (int)number_one(ctx, value) : 0;
}

/* mailbox_known: places of the epoch we write under that were read. Behind a bad place of an older epoch the mark stays
 * there: then it says nothing of this one, and a place chosen by it would leave a hole that readers stop at. */
static uint64_t mailbox_known(const struct sync *s)
{
	return s->st.mailbox_epoch == keyring_epoch(s->c.keyring) ? s->st.mailbox : 0;
}

/* number_mailbox: statements that are in no commit yet; what does not open was named by member_mailbox. */
static err_t number_mailbox(struct sync *s, struct numbering *nb)
{
	uint32_t epoch = keyring_epoch(s->c.keyring);
	for (uint64_t place = 0; place < mailbox_known(s); place++) {
		cleanup(buf_free) struct buf body = BUF_INIT, plain = BUF_INIT;
		char name[OBJECT_NAME];
		struct hash hash;
		uint8_t sig[SIG_LEN];
		err_t e = name_join(s->c.keyring, epoch, place, name);
		if (!e)
			e = store_get_sync(s->c.store, name, 0, 0, OBJECT_MAX, &body);
		if (e == ERR_NOTFOUND || sync_unproved(e))
			continue; /* a number that is given twice does no harm */
		if (e)
			return e;
		if (object_open(OBJECT_PLACE(s->c.keyring, epoch, OBJ_JOIN, name), buf_span(&body), NULL, &plain, &hash,
		                sig) == ERR_OK)
			e = number_one(nb, buf_span(&plain));
		if (e)
			return e;
	}
	return ERR_OK;
}

static err_t join_sign(struct sync *s, const struct bootstrap *b, const struct slot *slot, struct buf *out)
{
	struct numbering nb = { .slot = slot_id(slot) };
	struct rkey prefix = key_kind(REC_STATEMENT);
	struct public_keys keys;
	struct statement st = { .kind = ST_JOIN, .time = b->clock.wall(b->clock.ctx) / NS_PER_S };
	err_t e = map_scan(s->c.map, MAP_RECORDS, rkey_span(&prefix), SPAN(NULL, 0), number_record, &nb);
	if (!e)
		e = number_mailbox(s, &nb);
	if (!e)
		e = keys_from_seed(b->device_seed, &keys);
	if (e)
		return e;
	st.number = nb.number + 1;
	st.name = span_str(b->device_name);
	st.slot = nb.slot;
	st.previous = nb.previous;
	st.device = b->device;
	memcpy(st.device_key, keys.sign, 32);
	st.stream = b->stream;
	return statement_sign(&st, header_vault(b->header), header_genesis(b->header), slot, out);
}

err_t join_statement(struct sync *s, const struct bootstrap *b, const struct slot *slot)
{
	cleanup(buf_free) struct buf statement = BUF_INIT, v = BUF_INIT;
	cleanup(ops_free) struct ops roster = OPS_INIT, o = OPS_INIT;
	struct join j = { .epoch = keyring_epoch(s->c.keyring), .place = mailbox_known(s) };
	struct state next = s->st;
	bool has_roster = s->format != VAULT_FORMAT_2; /* which has no such records, until its own statements */
	err_t e = join_sign(s, b, slot, &statement);
	j.statement = buf_span(&statement);
	if (!e && has_roster)
		e = join_records(b, slot_id(slot), j.statement, &roster);
	if (e)
		return e;
	next.roster_due = has_roster;
	state_join_encode(&j, &v);
	ops_put(&o, MAP_STATE, span_str(STATE_JOIN), buf_span(&v));
	if (has_roster)
		ops_put(&o, MAP_STATE, span_str(STATE_ROSTER), buf_span(&roster.b));
	state_put(&o, &next);
	e = buf_ok(&v);
	if (!e)
		e = ops_commit(&o, s->c.map);
	if (e)
		return e;
	s->st = next;
	e = join_put(s, &j, true);
	return e ? e : join_save(s, &j);
}

/* join_seen: another device's commit or head stands on one of ours. */
static bool join_seen(struct sync *s)
{
	uint64_t first = UINT64_MAX;
	for (size_t i = 0; i < s->commits.n; i++) {
		const struct commit_record *n = &s->commits.list[i];
		if (n->own && n->applied && n->n <= s->st.confirmed)
			first = MIN(first, n->height);
	}
	for (size_t i = 0; i < s->commits.n; i++) {
		const struct commit_record *n = &s->commits.list[i];
		if (!n->own && n->applied && n->height > first)
			return true;
	}
	for (size_t i = 0; i < s->streams.n; i++) {
		const struct stream *st = &s->streams.list[i];
		const struct commit_record *tip = commits_find(s, st->head_tip);
		if (!id_eq(st->id, s->c.stream) && tip && tip->applied && tip->height >= first)
			return true;
	}
	return false;
}

err_t join_keep(struct sync *s, bool again)
{
	cleanup(buf_free) struct buf v = BUF_INIT;
	struct join j;
	err_t e = map_get(s->c.map, MAP_STATE, span_str(STATE_JOIN), &v);
	if (e == ERR_NOTFOUND)
		return ERR_OK;
	if (!e && (e = state_join_decode(buf_span(&v), &j)))
		log_error(AREA_SYNC, "the record of how this device joined cannot be read (%s)", err_text(e));
	if (e || (j.done && !again))
		return e;
	uint64_t place = j.place;
	bool done = j.done;
	j.done |= join_seen(s);
	if (!j.done || again)
		e = join_put(s, &j, false);
	if (e == ERR_NOTFOUND) /* PUT, and not shown yet */
		e = ERR_OK;
	return !e && (j.done != done || j.place != place) ? join_save(s, &j) : e;
}

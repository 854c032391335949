/* SPDX-License-Identifier: MIT
 * A device's entrance: its first state, and its statement in the mailbox, which it looks after: a store can lose it,
 * and a joiner at the same time may have overwritten the place.
 */
#include "sync/members/join.h"

#include "sync/core/state_form.h"
#include "sync/core/stream.h"
#include "sync/core/sync_struct.h"
#include "sync/members/letter_own.h"
#include "vault/keys/keys.h"

#define PLACES_MAX 1024 /* tried in one go */

static err_t fresh_stream(struct id id, struct id device, const uint8_t key[32], struct ops *o)
{
	struct stream st;
	err_t e = stream_begin(id, device, key, &st);
	if (!e)
		state_put_stream(o, &st);
	return e;
}

static err_t fresh_state(struct ops *o)
{
	static const struct lthash nothing;
	struct state st = { .mailbox_epoch = 1 };
	err_t e = crypto_random_id(&st.nonce);
	if (e)
		return e;
	state_put(o, &st);
	state_put_digest(o, &nothing);
	return ERR_OK;
}

/* fresh: streams come by what is said. */
static err_t fresh(const struct bootstrap *b)
{
	cleanup(ops_free) struct ops o = OPS_INIT;
	err_t e = fresh_state(&o);
	return e ? e : ops_commit(&o, b->map);
}

err_t join_fresh(const struct bootstrap *b)
{
	if (b->members.named)
		return fresh(b);
	cleanup(ops_free) struct ops o = OPS_INIT;
	cleanup(buf_free) struct buf header = BUF_INIT;
	struct public_keys keys;
	err_t e = header_encode(b->header, &header);
	if (!e)
		e = keys_from_seed(b->device_seed, &keys);
	if (!e)
		e = fresh_stream(header_first_stream(b->header), header_first_device(b->header),
		                 header_first_device_key(b->header), &o);
	if (!e && !id_eq(b->stream, header_first_stream(b->header)))
		e = fresh_stream(b->stream, b->device, keys.sign, &o);
	if (!e)
		e = fresh_state(&o);
	if (e)
		return e;
	ops_put(&o, MAP_STATE, span_str(STATE_HEADER), buf_span(&header));
	return ops_commit(&o, b->map);
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
	cleanup(buf_free) struct buf statement = BUF_INIT;
	struct join j = { .epoch = keyring_epoch(s->c.keyring), .place = mailbox_known(s) };
	err_t e = join_sign(s, b, slot, &statement);
	j.statement = buf_span(&statement);
	if (!e)
		e = join_save(s, &j);
	if (!e)
		e = join_put(s, &j, true);
	return e ? e : join_save(s, &j);
}

err_t join_again(struct sync *s, struct join *j)
{
	err_t e = join_put(s, j, true);
	return e == ERR_NOTFOUND ? ERR_OK : e; /* PUT, and not shown yet */
}

err_t join_keep(struct sync *s)
{
	cleanup(buf_free) struct buf v = BUF_INIT;
	struct join j;
	if (s->statements)
		return letter_own_keep(s);
	err_t e = map_get(s->c.map, MAP_STATE, span_str(STATE_JOIN), &v);
	if (e == ERR_NOTFOUND)
		return ERR_OK;
	if (!e && (e = state_join_decode(buf_span(&v), &j)))
		log_error(AREA_SYNC, "the record of how this device joined cannot be read (%s)", err_text(e));
	if (e)
		return e;
	uint64_t place = j.place;
	e = join_put(s, &j, false);
	if (e == ERR_NOTFOUND) /* PUT, and not shown yet */
		e = ERR_OK;
	return !e && j.place != place ? join_save(s, &j) : e;
}

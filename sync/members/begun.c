/* SPDX-License-Identifier: MIT */
#include "sync/members/begun.h"

#include "sync/core/sync_struct.h"
#include "sync/members/statements.h"
#include "util/vec.h"
#include "vault/changeset/operation.h"
#include "vault/changeset/published.h"
#include "vault/join/group_decode.h"
#include "vault/join/group_encode.h"
#include "vault/join/vault_key.h"
#include "vault/keys/record_keys.h"
#include "sync/members/who.h"
#include "vault/members/epochs.h"

#define VERSION 2 /* 1: without the hash of the commit */
enum { FLAG_DIRECT = 1 };
#define LATE_NS (60 * NS_PER_S)
#define EPOCHS_MANY 1000

static void epoch_free(struct begun_epoch *x)
{
	epoch_start_free(&x->what);
	buf_free(&x->start);
	free(x->boxed);
}

void begun_freep(struct begun **b)
{
	if (!*b)
		return;
	for (size_t i = 0; i < (*b)->n; i++)
		epoch_free(&(*b)->v[i]);
	free((*b)->v);
	free(*b);
	*b = NULL;
}

/* -- how it is kept ---------------------------------------------------------------------------------------------- */

static void key_of(uint32_t number, struct hash id, struct buf *key)
{
	buf_put(key, STATE_EPOCH, strlen(STATE_EPOCH));
	buf_u64be(key, number);
	buf_hash(key, id);
}

/* encode: version, flags, root, which commit (stream, n, hash), whose boxes there are and the author, start. */
static err_t encode(const struct started *x, bool direct, struct buf *out)
{
	cleanup(epoch_boxes_free) struct epoch_boxes to = { 0 };
	err_t e = direct ? epoch_get_recipients(x->recipients, &to) : ERR_OK;
	if (e)
		return e;
	buf_u8(out, VERSION);
	buf_u8(out, direct ? FLAG_DIRECT : 0);
	buf_put(out, x->root.b, sizeof(x->root.b));
	buf_u64(out, x->at.stream);
	buf_u64(out, x->at.n);
	buf_id(out, x->at.hash);
	buf_u32(out, direct ? (uint32_t)to.n + 1 : 0);
	for (size_t i = 0; i < to.n; i++)
		buf_id(out, to.v[i].to);
	if (direct)
		buf_id(out, x->author);
	buf_put(out, x->start.p, x->start.len);
	return buf_ok(out);
}

static err_t get_boxed(struct rd *r, struct begun_epoch *x)
{
	uint32_t n = rd_u32(r);
	if (r->bad || n > EPOCH_RECIPIENTS_MAX + 1 || r->left < (size_t)n * ID_LEN)
		return ERR_DAMAGED;
	x->boxed = calloc((size_t)n + 1, sizeof(*x->boxed));
	if (!x->boxed)
		return ERR_NOMEM;
	while (x->boxed_n < n)
		x->boxed[x->boxed_n++] = rd_id(r);
	return ERR_OK;
}

static err_t decode(struct span value, struct begun_epoch *x, struct key *root)
{
	struct rd r = RD(value);
	uint8_t version = rd_u8(&r), flags = rd_u8(&r);
	rd_copy(&r, root->b, sizeof(root->b));
	if (r.bad || !version || version > VERSION || flags > FLAG_DIRECT)
		return version > VERSION ? ERR_VERSION : ERR_DAMAGED;
	x->direct = flags & FLAG_DIRECT;
	x->at.stream = rd_u64(&r);
	x->at.n = rd_u64(&r);
	x->at.hash = version > 1 ? rd_id(&r) : ID_ZERO;
	err_t e = get_boxed(&r, x);
	if (e)
		return e;
	size_t left = r.left;
	const uint8_t *p = rd_bytes(&r, left);
	buf_put(&x->start, p, left);
	e = buf_ok(&x->start);
	return e ? e : epoch_get_start(buf_span(&x->start), &x->what);
}

/* take: what is kept of one: into memory and keyring. */
static err_t take(struct sync *s, struct span value)
{
	struct begun *b = s->begun;
	struct begun_epoch x = { .start = BUF_INIT };
	cleanup(key_wipe) struct key root = { 0 };
	err_t e = decode(value, &x, &root);
	if (!e)
		e = epoch_id(buf_span(&x.start), &x.id);
	x.number = x.what.number;
	if (!e && begun_has(s, x.number, x.id)) {
		epoch_free(&x);
		return ERR_OK;
	}
	if (!e && !vec_room(b->v, b->n, 1, &b->cap))
		e = ERR_NOMEM;
	if (!e)
		e = keyring_add(s->c.keyring, x.number, x.id, &root);
	if (e) {
		epoch_free(&x);
		return e;
	}
	b->v[b->n++] = x;
	return ERR_OK;
}

static int load_visit(void *ctx, struct span key, struct span value)
{
	(void)key;
	return (int)(value.p ? take(ctx, value) : ERR_DAMAGED);
}

err_t begun_open(struct sync *s)
{
	s->begun = calloc(1, sizeof(*s->begun));
	if (!s->begun || !vec_room(s->begun->v, s->begun->n, 1, &s->begun->cap))
		return ERR_NOMEM;
	s->begun->v[s->begun->n++] =
	        (struct begun_epoch){ .number = 1, .id = keyring_genesis(s->c.keyring), .start = BUF_INIT };
	return map_scan(s->c.map, MAP_STATE, span_str(STATE_EPOCH), SPAN(NULL, 0), load_visit, s);
}

static err_t put(struct ops *o, const struct started *x, bool direct)
{
	cleanup(buf_free) struct buf key = BUF_INIT;
	cleanup(buf_wipe_free) struct buf value = BUF_INIT;
	key_of(x->number, x->id, &key);
	err_t e = encode(x, direct, &value);
	if (e || key.failed)
		return e ? e : ERR_NOMEM;
	ops_put(o, MAP_STATE, buf_span(&key), buf_span(&value));
	return buf_ok(&o->b);
}

void begun_put(struct ops *o, const struct started *x)
{
	if (put(o, x, true))
		o->b.failed = true;
}

/* name_many: numbers end (KEYRING_NUMBER_MAX), and any member may begin an epoch. */
static void name_many(struct sync *s, const struct started *x)
{
	cleanup(buf_free) struct buf who = BUF_INIT;
	const struct alarm_about about = { ALARM_EPOCHS, x->at.stream, ID_ZERO };
	if (x->number < EPOCHS_MANY)
		return;
	who_signer(s->c.map, x->author, SIGNER_DEVICE, &who);
	sync_alarm(s, &about,
	           "the vault's keys were changed %u times, last by %.*s; after 65,535 times nothing can be written",
	           (unsigned)x->number, (int)MIN(who.len, (size_t)100), (const char *)who.p);
}

err_t begun_add(struct sync *s, const struct started *x)
{
	cleanup(buf_wipe_free) struct buf value = BUF_INIT;
	err_t e = encode(x, true, &value);
	if (!e)
		e = take(s, buf_span(&value));
	if (e)
		return e;
	log_info(AREA_SYNC, "epoch %u is begun", (unsigned)x->number);
	name_many(s, x);
	s->mailbox.swept = false; /* it has a mailbox of its own */
	s->heads.due = true;
	s->begun->header = true;
	s->begun->hurry |= id_eq(x->author, s->device);
	if (!id_eq(x->author, s->device))
		s->begun->unsaid = s->c.clock.mono(s->c.clock.ctx);
	return ERR_OK;
}

/* -- of a checkpoint --------------------------------------------------------------------------------------------- */

struct reading {
	struct sync *s;
	struct ops ops;
};

static void reading_free(struct reading *x)
{
	ops_free(&x->ops);
}

/* start_of: of an EPOCH record. ERR_NOTFOUND: it has none that is of its key. */
static err_t start_of(const struct vault_name *n, const struct record *r, struct span *ret)
{
	const struct group_node *g = group_find(group_all(r), 1);
	struct hash id;
	if (!g || g->class != GROUP_VALUE)
		return ERR_NOTFOUND;
	err_t e = epoch_id(g->bytes, &id);
	*ret = g->bytes;
	return e || hash_eq(id, n->hash) ? e : ERR_NOTFOUND;
}

static err_t read_one(struct reading *x, const struct vault_name *n, const struct record *r)
{
	cleanup(buf_wipe_free) struct buf value = BUF_INIT;
	cleanup(started_wipe) struct started st = { .number = n->number, .id = n->hash };
	uint32_t place = keyring_find(x->s->c.keyring, n->number, n->hash);
	if (n->number == 1 || begun_has(x->s, n->number, n->hash))
		return ERR_OK;
	err_t e = place ? start_of(n, r, &st.start) : ERR_NOTFOUND;
	if (!e)
		e = keyring_epoch_root(x->s->c.keyring, place, &st.root);
	if (!e)
		e = put(&x->ops, &st, false);
	if (!e)
		e = encode(&st, false, &value);
	if (!e)
		e = take(x->s, buf_span(&value));
	return e == ERR_NOTFOUND ? ERR_OK : e;
}

static err_t read_visit(void *ctx, struct span key, struct span value)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	struct vault_name n;
	err_t e = vault_key_parse(key, &n);
	if (!e)
		e = record_decode(value, &r);
	return e ? e : read_one(ctx, &n, &r);
}

err_t begun_records(struct sync *s)
{
	static const uint8_t prefix = SHARED_EPOCH;
	const struct view records = published_view(s->c.map);
	cleanup(reading_free) struct reading x = { s, OPS_INIT };
	err_t e = record_keys_later(&records, s->c.keyring);
	if (!e)
		e = records.scan(records.ctx, SPAN(&prefix, 1), SPAN(NULL, 0), read_visit, &x);
	return e || !x.ops.b.len ? e : ops_commit(&x.ops, s->c.map);
}

/* -- which one --------------------------------------------------------------------------------------------------- */

bool begun_has(const struct sync *s, uint32_t number, struct hash id)
{
	const struct begun *b = s->begun;
	for (size_t i = 0; i < b->n; i++)
		if (b->v[i].number == number && hash_eq(b->v[i].id, id))
			return true;
	return false;
}

uint32_t begun_greatest(const struct sync *s)
{
	uint32_t most = 1;
	for (size_t i = 0; i < s->begun->n; i++)
		most = MAX(most, s->begun->v[i].number);
	return most;
}

err_t begun_due(const struct sync *s, uint32_t *ret)
{
	cleanup(epochs_causes_free) struct epoch_causes c = { 0 };
	const struct begun *b = s->begun;
	*ret = 0;
	if (s->removed.is || s->st.stopped)
		return ERR_OK;
	cleanup_free struct epoch_begun *v = calloc(b->n, sizeof(*v));
	err_t e = v ? epochs_causes(&s->statements->roster, &c) : ERR_NOMEM;
	for (size_t i = 0; !e && i < b->n; i++)
		v[i] = (struct epoch_begun){ b->v[i].number, b->v[i].id, b->v[i].what.causes, b->v[i].what.causes_n };
	if (!e)
		e = epochs_next(v, b->n, &c, ret);
	return !e && *ret > KEYRING_NUMBER_MAX ? ERR_LIMIT : e;
}

/* -- its record -------------------------------------------------------------------------------------------------- */

static struct vault_key record_key(const struct begun_epoch *x)
{
	const struct vault_name n = { .kind = SHARED_EPOCH, .number = x->number, .hash = x->id };
	return vault_key_of(&n);
}

static err_t put_record(struct sync *s, const struct begun_epoch *x, struct draft *d)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	cleanup(buf_wipe_free) struct buf value = BUF_INIT;
	cleanup(key_wipe) struct key root = { 0 };
	struct vault_key key = record_key(x);
	err_t e = keyring_epoch_root(s->c.keyring, keyring_find(s->c.keyring, x->number, x->id), &root);
	if (e)
		return e;
	group_value(&r, 1, STAMP_ZERO, buf_span(&x->start));
	size_t map = group_open(&r, 2, GROUP_MAP, STAMP_ZERO);
	size_t at = group_key(&r, STAMP_ZERO, SPAN(root.b, sizeof(root.b)));
	group_close(&r, at);
	group_close(&r, map);
	e = record_encode(&r, &value);
	return e ? e : draft_put(d, vault_key_span(&key), buf_span(&value));
}

/* say: everybody is stopped. What is said already is not said again. */
static err_t say(void *ctx)
{
	struct sync *s = ctx;
	cleanup(batch_freep) struct batch *b = batch_new();
	struct operation o;
	err_t e = b ? ERR_OK : ERR_NOMEM;
	if (e)
		return e;
	operation_begin(&o, s->at.changeset);
	for (size_t i = 0; !e && i < s->begun->n; i++)
		if (s->begun->v[i].number > 1)
			e = put_record(s, &s->begun->v[i], &o.draft);
	if (!e)
		e = operation_apply(&o, b);
	operation_end(&o);
	return e;
}

/* lacks: whether one is not in what is shown, or, `published`, in what is published. */
static err_t lacks(const struct sync *s, bool published, bool *ret)
{
	const struct view records = published_view(s->c.map);
	const struct view *v = published || !s->at.changeset ? &records : changeset_shown(s->at.changeset);
	err_t e = ERR_OK;
	*ret = false;
	for (size_t i = 0; !e && !*ret && i < s->begun->n; i++) {
		cleanup(buf_wipe_free) struct buf value = BUF_INIT;
		struct vault_key key = record_key(&s->begun->v[i]);
		if (s->begun->v[i].number == 1)
			continue;
		e = v->get(v->ctx, vault_key_span(&key), &value);
		*ret = e == ERR_NOTFOUND;
		e = *ret ? ERR_OK : e;
	}
	return e;
}

err_t begun_unsaid(const struct sync *s, bool *ret)
{
	return lacks(s, true, ret);
}

err_t begun_say(struct sync *s, bool late)
{
	bool some = false;
	if (late && s->begun->unsaid && s->c.clock.mono(s->c.clock.ctx) - s->begun->unsaid < LATE_NS)
		return ERR_OK;
	err_t e = s->at.changeset ? lacks(s, false, &some) : ERR_OK;
	if (!e && some)
		e = map_stopped(s->c.map, say, s);
	if (!e)
		s->begun->unsaid = 0;
	return e;
}

err_t begun_at(const struct sync *s, uint32_t number, struct key *first, struct root_box_at *ret)
{
	const struct keyring *k = s->c.keyring;
	*ret = (struct root_box_at){ keyring_vault(k), keyring_genesis(k), keyring_cipher(k), number, first };
	return keyring_epoch_root(k, 1, first);
}

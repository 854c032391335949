/* SPDX-License-Identifier: MIT */
#include "sync/members/invite_record.h"

#include "sync/core/sync_struct.h"

#define INVITE_VERSION 1

void invite_record_free(struct invite_record *r)
{
	buf_free(&r->join);
	crypto_wipe(r, sizeof(*r));
}

/* -- bytes -------------------------------------------------------------------------------------------------------- */

void invite_record_encode(const struct invite_record *r, struct buf *out)
{
	buf_u8(out, INVITE_VERSION);
	buf_u8(out, (uint8_t)r->step);
	buf_put(out, r->code, sizeof(r->code));
	buf_put(out, r->seed.b, sizeof(r->seed.b));
	buf_u64(out, (uint64_t)r->until);
	buf_hash(out, r->offer);
	if (r->step == INVITE_OPEN)
		return;
	buf_hash(out, r->request);
	buf_put(out, r->box_key, sizeof(r->box_key));
	buf_id(out, r->device);
	buf_put(out, r->mix.b, sizeof(r->mix.b));
	buf_blob16(out, buf_span(&r->join));
}

static void get_admitted(struct rd *in, struct invite_record *r)
{
	r->request = rd_hash(in);
	rd_copy(in, r->box_key, sizeof(r->box_key));
	r->device = rd_id(in);
	rd_copy(in, r->mix.b, sizeof(r->mix.b));
	const struct span join = rd_blob16(in);
	buf_put(&r->join, join.p, join.len);
}

err_t invite_record_decode(struct span value, struct invite_record *ret)
{
	cleanup(invite_record_free) struct invite_record r = { .join = BUF_INIT };
	struct rd in = RD(value);
	const uint8_t version = rd_u8(&in);
	r.step = (enum invite_step)rd_u8(&in);
	rd_copy(&in, r.code, sizeof(r.code));
	rd_copy(&in, r.seed.b, sizeof(r.seed.b));
	r.until = (int64_t)rd_u64(&in);
	r.offer = rd_hash(&in);
	if (version > INVITE_VERSION)
		return ERR_VERSION;
	if (r.step != INVITE_OPEN)
		get_admitted(&in, &r);
	if (!rd_end(&in) || version < INVITE_VERSION || r.step < INVITE_OPEN || r.step > INVITE_ANSWERED)
		return ERR_DAMAGED;
	err_t e = buf_ok(&r.join);
	if (e)
		return e;
	*ret = r;
	r = (struct invite_record){ .join = BUF_INIT };
	return ERR_OK;
}

/* -- in the map --------------------------------------------------------------------------------------------------- */

void invite_records_free(struct invite_records *l)
{
	for (size_t i = 0; i < l->n; i++)
		invite_record_free(&l->v[i]);
	l->n = 0;
}

static int visit(void *ctx, struct span key, struct span value)
{
	struct invite_records *l = ctx;
	(void)key;
	err_t e = !value.p || l->n == INVITES_MAX ? ERR_DAMAGED : invite_record_decode(value, &l->v[l->n]);
	if (e == ERR_NOMEM)
		return (int)e;
	l->n += !e;
	return 0;
}

err_t invite_records_load(struct map *m, struct invite_records *ret)
{
	ret->n = 0;
	err_t e = map_scan(m, MAP_STATE, span_str(STATE_INVITE), SPAN(NULL, 0), visit, ret);
	if (e)
		invite_records_free(ret);
	return e;
}

struct invite_record *invite_records_open(struct invite_records *l, int64_t now)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->v[i].step == INVITE_OPEN && now < l->v[i].until)
			return &l->v[i];
	return NULL;
}

err_t invite_keys(const struct sync *s, const struct invite_record *r, struct invitation *ret)
{
	ret->vault = keyring_vault(s->c.keyring);
	ret->genesis = keyring_genesis(s->c.keyring);
	ret->cipher = keyring_cipher(s->c.keyring);
	return invitation_of(r->code, ret);
}

static err_t key_of(const struct invitation *v, struct buf *key)
{
	char name[ID_TEXT];
	err_t e = invitation_name(v, INVITATION_OFFER, name);
	if (e)
		return e;
	buf_put(key, STATE_INVITE, strlen(STATE_INVITE));
	buf_put(key, name, strlen(name));
	return buf_ok(key);
}

err_t invite_record_put(const struct invitation *v, const struct invite_record *r, struct ops *o)
{
	cleanup(buf_free) struct buf key = BUF_INIT;
	cleanup(buf_wipe_free) struct buf value = BUF_INIT;
	err_t e = key_of(v, &key);
	invite_record_encode(r, &value);
	if (!e)
		e = buf_ok(&value);
	if (!e)
		ops_put(o, MAP_STATE, buf_span(&key), buf_span(&value));
	return e;
}

err_t invite_record_del(const struct invitation *v, struct ops *o)
{
	cleanup(buf_free) struct buf key = BUF_INIT;
	err_t e = key_of(v, &key);
	if (!e)
		ops_del(o, MAP_STATE, buf_span(&key));
	return e;
}

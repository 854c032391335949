/* SPDX-License-Identifier: MIT */
#include "sync/members/proof.h"

#include "sync/core/sync_struct.h"
#include "sync/members/join.h"
#include "util/vec.h"
#include "vault/keys/keys.h"

void proof_sweep(struct sync *s)
{
	s->mailbox.shown_n = 0;
}

static bool is_shown(const struct sync *s, struct hash hash)
{
	for (size_t i = 0; i < s->mailbox.shown_n; i++)
		if (hash_eq(s->mailbox.shown[i], hash))
			return true;
	return false;
}

static err_t show(struct sync *s, struct hash hash)
{
	struct mailbox_need *m = &s->mailbox;
	if (is_shown(s, hash))
		return ERR_OK;
	if (!vec_room(m->shown, m->shown_n, 1, &m->shown_cap))
		return ERR_NOMEM;
	m->shown[m->shown_n++] = hash;
	return ERR_OK;
}

static void statement_key(struct hash hash, struct buf *key)
{
	buf_put(key, STATE_STATEMENT, strlen(STATE_STATEMENT));
	buf_hash(key, hash);
}

err_t proof_keep(struct sync *s, struct span statement)
{
	cleanup(buf_free) struct buf key = BUF_INIT;
	cleanup(ops_free) struct ops o = OPS_INIT;
	struct hash hash;
	err_t e = statement_hash(statement, &hash);
	if (!e)
		e = show(s, hash);
	if (e)
		return e;
	statement_key(hash, &key);
	e = buf_ok(&key);
	if (!e)
		e = map_has(s->c.map, MAP_STATE, buf_span(&key));
	if (e != ERR_NOTFOUND)
		return e;
	ops_put(&o, MAP_STATE, buf_span(&key), statement);
	return ops_commit(&o, s->c.map);
}

/* own_is_shown: join_keep looked after it in this round. */
static err_t own_is_shown(struct sync *s)
{
	cleanup(buf_free) struct buf v = BUF_INIT;
	struct join j;
	struct hash hash;
	err_t e = map_get(s->c.map, MAP_STATE, span_str(STATE_JOIN), &v);
	if (!e)
		e = state_join_decode(buf_span(&v), &j);
	if (!e)
		e = statement_hash(j.statement, &hash);
	if (e)
		return e == ERR_NOTFOUND ? ERR_OK : e;
	return show(s, hash);
}

static int collect(void *ctx, struct span key, struct span value)
{
	struct buf *all = ctx;
	(void)key;
	if (value.p)
		buf_blob32(all, value);
	return buf_ok(all);
}

static err_t put_again(struct sync *s, struct join *j, struct span statement)
{
	struct hash hash;
	err_t e = statement_hash(statement, &hash);
	if (e || is_shown(s, hash))
		return e;
	j->statement = statement;
	e = join_again(s, j);
	if (e)
		return e;
	sync_alarm(s, &(struct alarm_about){ .kind = ALARM_OVER },
	           "the cloud had lost the statement by which a device joined: stored again");
	return show(s, hash);
}

err_t proof_mend(struct sync *s)
{
	cleanup(buf_free) struct buf all = BUF_INIT;
	struct join j = { .epoch = keyring_epoch(s->c.keyring) };
	err_t e = own_is_shown(s);
	if (!e)
		e = map_scan(s->c.map, MAP_STATE, span_str(STATE_STATEMENT), SPAN(NULL, 0), collect, &all);
	struct rd r = RD(buf_span(&all));
	while (!e && r.left && !r.bad && !sync_stopping(s))
		e = put_again(s, &j, rd_blob32(&r));
	return e;
}

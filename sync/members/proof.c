/* SPDX-License-Identifier: MIT */
#include "sync/members/proof.h"

#include "sync/core/sync_struct.h"
#include "sync/members/join.h"
#include "sync/members/letter.h"
#include "vault/keys/keys.h"

void proof_sweep(struct sync *s)
{
	hashes_free(&s->mailbox.shown);
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
		e = hashes_add(&s->mailbox.shown, hash);
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
	return hashes_add(&s->mailbox.shown, hash);
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
	if (e || hashes_has(&s->mailbox.shown, hash))
		return e;
	j->statement = statement;
	e = join_again(s, j);
	if (e)
		return e;
	sync_alarm(s, &(struct alarm_about){ .kind = ALARM_OVER },
	           "the cloud had lost the statement by which a device joined: stored again");
	return hashes_add(&s->mailbox.shown, hash);
}

err_t proof_mend(struct sync *s)
{
	cleanup(buf_free) struct buf all = BUF_INIT;
	if (s->statements)
		return letter_mend(s);
	struct join j = { .epoch = keyring_epoch(s->c.keyring) };
	err_t e = own_is_shown(s);
	if (!e)
		e = map_scan(s->c.map, MAP_STATE, span_str(STATE_STATEMENT), SPAN(NULL, 0), collect, &all);
	struct rd r = RD(buf_span(&all));
	while (!e && r.left && !r.bad && !sync_stopping(s))
		e = put_again(s, &j, rd_blob32(&r));
	return e;
}

/* SPDX-License-Identifier: MIT
 * Making a vault's first commit, and opening a vault from the store alone.
 */
#include "sync/bootstrap.h"

#include "sync/bootstrap2.h"
#include "sync/bootstrap_join2.h"
#include "sync/checkpoint/load.h"
#include "sync/core/sync_struct.h"
#include "sync/heads.h"
#include "sync/members/join.h"
#include "sync/members/mailbox.h"
#include "sync/news.h"
#include "sync/publish/close.h"
#include "sync/publish/head_write.h"
#include "sync/publish/publish.h"
#include "sync/publish/upload.h"
#include "vault/txn/txn.h"

#include <sys/stat.h>

/* create_root: the directory that everything hangs on. */
static err_t create_root(const struct bootstrap *b, struct ops *o)
{
	cleanup(buf_free) struct buf v = BUF_INIT;
	int64_t now = b->clock.wall(b->clock.ctx);
	struct timestamp t = { now / NS_PER_S, (uint32_t)(now % NS_PER_S) };
	struct inode_rec in = { .ino = INO_ROOT,
		                .mode = S_IFDIR | 0755,
		                .uid = OWNER_SELF,
		                .gid = OWNER_SELF,
		                .atime = t,
		                .mtime = t,
		                .ctime = t,
		                .btime = t };
	struct rkey key = key_ino(REC_INODE, INO_ROOT), super = key_kind(REC_SUPER);
	err_t e = crypto_random_id(&in.birth);
	if (!e)
		e = crypto_random_id(&in.version);
	if (e)
		return e;
	inode_encode(&in, &v);
	ops_put(o, MAP_RECORDS, rkey_span(&key), buf_span(&v));
	if ((e = buf_ok(&v)))
		return e;
	buf_clear(&v);
	super_encode(1, &v);
	ops_put(o, MAP_RECORDS, rkey_span(&super), buf_span(&v));
	return buf_ok(&v);
}

static err_t create_epoch(const struct bootstrap *b, struct ops *o)
{
	cleanup(buf_wipe_free) struct buf v = BUF_INIT;
	cleanup(key_wipe) struct key root;
	uint8_t id[4 + HASH_LEN] = { 0, 0, 0, 1 };
	hash_put(id + 4, keyring_genesis(b->keyring));
	struct rkey key = key_bytes(REC_EPOCH, SPAN(id, sizeof(id)));
	err_t e = keyring_epoch_root(b->keyring, 1, &root);
	if (e)
		return e;
	epoch_encode(&root, &v);
	ops_put(o, MAP_RECORDS, rkey_span(&key), buf_span(&v));
	return buf_ok(&v);
}

/* create_records: through the same door as the file system's own changes, so that derived records are right. */
static err_t create_records(const struct bootstrap *b)
{
	static const struct id genesis;
	cleanup(ops_free) struct ops o = OPS_INIT;
	cleanup(txn_freep) struct txn *t = txn_begin(b->map);
	err_t e = t ? create_root(b, &o) : ERR_NOMEM;
	if (!e)
		e = create_epoch(b, &o);
	if (!e)
		e = join_records(b, genesis, SPAN(NULL, 0), &o);
	if (e)
		return e;
	e = ops_txn(&o, t);
	return e ? e : txn_apply(t);
}

err_t bootstrap_create(const struct bootstrap *b, struct why *why)
{
	cleanup(sync_freep) struct sync *s = NULL;
	struct sync_config c = bootstrap_config(b);
	if (b->format == VAULT_FORMAT_2)
		return bootstrap2_create(b, why);
	err_t e = map_has(b->map, MAP_STATE, span_str(STATE_MAIN));
	if (e == ERR_NOTFOUND)
		e = join_fresh(b);
	if (!e)
		e = sync_open(&c, &s, why);
	if (!e && s->st.n == 0 && !s->st.uncommitted) {
		e = create_records(b);
		if (!e)
			e = publish_close(s, false);
	}
	if (!e)
		e = publish_finish(s);
	if (e)
		return why_set(why, e, "the vault's first commit could not be made: %s", err_text(e));
	e = upload_run(s);
	if (!e)
		e = head_write(s);
	return e ? why_set(why, e, "the vault's first commit could not be stored: %s", err_text(e)) : ERR_OK;
}

static err_t join_pull(struct sync *s, struct why *why)
{
	bool news = true;
	err_t e = ERR_OK;
	while (!e && news) {
		news = false;
		e = pull_run(s, &news);
	}
	if (e)
		return why_set(why, e, "the vault's commits cannot be read from the store: %s", err_text(e));
	if (s->st.height == 0)
		return why_set(why, ERR_NOTFOUND, "the store has the vault's header but no commit of it that verifies");
	/* The header is PUT after that commit: whoever has the one shows the other. */
	if (keyring_claimed(s->c.keyring) > keyring_epoch(s->c.keyring))
		return why_set(why, ERR_DAMAGED,
		               "the vault's keys were changed, but the commit that says so is missing on the store, or "
		               "something before it: damaged or withheld");
	return ERR_OK;
}

err_t bootstrap_join(const struct bootstrap *b, const struct slot *slot, struct why *why)
{
	cleanup(sync_freep) struct sync *s = NULL;
	struct sync_config c = bootstrap_config(b);
	c.slot = slot;
	if (map_has(b->map, MAP_STATE, span_str(STATE_MAIN)) != ERR_NOTFOUND)
		return why_set(why, ERR_EXISTS, "joining needs fresh local state, but there is some already");
	if (b->format == VAULT_FORMAT_2)
		return bootstrap_join2(b, slot, why);
	err_t e = join_fresh(b);
	if (!e)
		e = sync_open(&c, &s, why);
	if (!e)
		e = member_mailbox(s);
	if (!e)
		e = load_checkpoint(s, b, why);
	if (e && e != ERR_NOTFOUND)
		return why_set(why, e, "the vault cannot be read from the store: %s", err_text(e));
	e = join_pull(s, why);
	if (e)
		return e;
	bool news = false;
	e = head_check(s, &news);
	if (!e)
		e = join_statement(s, b, slot);
	if (!e)
		e = head_write(s);
	return e ? why_set(why, e, "this device could not be announced on the store: %s", err_text(e)) : ERR_OK;
}

/* SPDX-License-Identifier: MIT */
#include "sync/bootstrap.h"

#include "sync/core/dirty.h"
#include "sync/core/stream.h"
#include "sync/core/sync_struct.h"
#include "sync/members/guided.h"
#include "sync/members/life.h"
#include "sync/publish/close.h"
#include "sync/publish/head_write.h"
#include "sync/publish/publish.h"
#include "sync/publish/upload.h"
#include "vault/changeset/operation.h"
#include "vault/join/attr.h"
#include "vault/join/inode_head.h"

#include <sys/stat.h>

/* say_times: of the root. What else it is has the zero stamp and is the same in every vault (docs/format.md,
 * "Examples"). */
static err_t say_times(struct draft *d, int64_t now, struct stamp at)
{
	cleanup(buf_free) struct buf mtime = BUF_INIT, times = BUF_INIT;
	struct attr_time t = { now / NS_PER_S, (uint32_t)(now % NS_PER_S) };
	attr_put_time(&mtime, t);
	attr_put_times(&times, &(struct attr_times){ t, t, t });
	err_t e = buf_ok(&mtime);
	if (!e)
		e = buf_ok(&times);
	if (!e)
		e = draft_put_attr(d, INO_ROOT, ATTR_MTIME, at, buf_span(&mtime));
	return e ? e : draft_put_attr(d, INO_ROOT, ATTR_TIMES, at, buf_span(&times));
}

/* say_root: the directory that everything hangs on. */
static err_t say_root(struct draft *d, int64_t now, struct stamp at)
{
	cleanup(buf_free) struct buf mode = BUF_INIT;
	struct inode_head h = { .ino = INO_ROOT, .type = S_IFDIR >> 12 };
	attr_put_mode(&mode, &(struct attr_mode){ .permissions = 0755 });
	err_t e = buf_ok(&mode);
	if (!e)
		e = draft_put_head(d, &h);
	if (!e)
		e = draft_put_attr(d, INO_ROOT, ATTR_MODE, STAMP_ZERO, buf_span(&mode));
	return e ? e : say_times(d, now, at);
}

static err_t put_made(void *ctx, struct span key, struct span value)
{
	return draft_put(ctx, key, value);
}

/* say_first: what a vault begins with, beside the INCARNATION. */
static err_t say_first(void *ctx, struct changeset *c, struct draft *d)
{
	const struct bootstrap *b = ctx;
	struct stamp at = changeset_tick(c);
	err_t e = say_root(d, b->clock.wall(b->clock.ctx), at);
	if (e)
		return e;
	return create_records(b->made, span_str(b->device_name), at, put_made, d);
}

/* create_commit: from wherever an earlier try ended. */
static err_t create_commit(struct sync *s)
{
	err_t e = s->st.n == 0 && !sync_closed(s) ? close_run(s) : ERR_OK;
	return e ? e : publish_finish(s);
}

static err_t create_all(struct sync *s, struct why *why)
{
	err_t e = create_commit(s);
	if (e)
		return why_set(why, e, "the vault's first commit could not be made: %s", err_text(e));
	e = upload_run(s);
	if (!e)
		e = head_write(s);
	if (!e)
		e = guided_write(s);
	return e ? why_set(why, e, "the vault's first commit could not be uploaded: %s", err_text(e)) : ERR_OK;
}

static err_t begin_life(struct sync *s, const struct bootstrap *b, struct changeset **ret)
{
	cleanup(life_free) struct life l = { .said = RECORDS_INIT };
	const struct chain_with with = { .more = say_first, .ctx = (void *)(uintptr_t)b };
	err_t e = life_draw(s, &l);
	if (!e)
		e = changeset_open(b->map, l.stream.number, ret);
	if (e)
		return e;
	l.at.letter = CHAIN_NO_LETTER; /* nobody waits for it */
	sync_attach(s, &(struct sync_attached){ .changeset = *ret });
	return life_say(s, &l, &with);
}

static err_t open_changeset(struct sync *s, const struct bootstrap *b, struct changeset **ret)
{
	struct stream own;
	err_t e = stream_own(b->map, &own);
	if (e == ERR_NOTFOUND)
		return begin_life(s, b, ret);
	if (!e)
		e = changeset_open(b->map, own.number, ret);
	if (!e)
		sync_attach(s, &(struct sync_attached){ .changeset = *ret });
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

err_t bootstrap_fresh(const struct bootstrap *b)
{
	cleanup(ops_free) struct ops o = OPS_INIT;
	err_t e = fresh_state(&o);
	return e ? e : ops_commit(&o, b->map);
}

err_t bootstrap_create(const struct bootstrap *b, struct why *why)
{
	cleanup(changeset_freep) struct changeset *c = NULL;
	cleanup(sync_freep) struct sync *s = NULL;
	struct sync_config config = bootstrap_config(b);
	err_t e = map_has(b->map, MAP_STATE, span_str(STATE_MAIN));
	if (e == ERR_NOTFOUND)
		e = bootstrap_fresh(b);
	if (!e)
		e = sync_open(&config, &s, why);
	if (!e)
		e = open_changeset(s, b, &c);
	if (e)
		return why_set(why, e, "the vault's first commit could not be made: %s", err_text(e));
	return create_all(s, why);
}

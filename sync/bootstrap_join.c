/* SPDX-License-Identifier: MIT */
#include "sync/bootstrap_join.h"

#include "sync/checkpoint/load.h"
#include "sync/core/stream.h"
#include "sync/core/sync_struct.h"
#include "sync/deliver/place.h"
#include "sync/heads.h"
#include "sync/incomplete.h"
#include "sync/members/device.h"
#include "sync/members/guided.h"
#include "sync/members/header_keep.h"
#include "sync/members/invited.h"
#include "sync/members/letter_own.h"
#include "sync/members/life.h"
#include "sync/members/mailbox.h"
#include "sync/members/statements.h"
#include "sync/publish/head_write.h"
#include "sync/pull/pull.h"

/* begin: who is a member, and what they had. */
static err_t begin(struct sync *s, const struct bootstrap *b, struct why *why)
{
	err_t e = guided_read(s);
	if (!e)
		e = member_mailbox(s);
	if (!e)
		e = load_run(s, b, why);
	if (e && e != ERR_NOTFOUND)
		return why_set(why, e, "the vault cannot be read from the cloud: %s", err_text(e));
	return ERR_OK;
}

static err_t pull(struct sync *s, struct why *why)
{
	cleanup(vv_free) struct vv at = { 0 };
	bool news = false;
	err_t e = pull_run(s, &news);
	if (!e)
		e = heads_check(s, &news);
	if (!e)
		e = incomplete_joined(s);
	if (!e)
		e = place_positions(s, &at);
	if (e)
		return why_set(why, e, "the vault's commits cannot be read from the cloud: %s", err_text(e));
	if (!at.n)
		return why_set(why, ERR_NOTFOUND, "the cloud has the vault's header but no commit of it that verifies");
	return ERR_OK;
}

static err_t say_device(void *ctx, struct changeset *c, struct draft *d)
{
	const struct bootstrap *b = ctx;
	const struct signer_mine *mine = b->members.mine;
	const struct device_said says = { mine->id, span_str(b->device_name), &mine->mix };
	return device_put(d, &says, changeset_tick(c));
}

/* announce: what is said is durable: whoever tries again goes on with it. */
static err_t announce(struct sync *s, struct why *why)
{
	err_t e = letter_own_keep(s);
	if (!e)
		e = head_write(s);
	return e ? why_set(why, e, "this device could not be announced in the cloud: %s", err_text(e)) : ERR_OK;
}

/* join_new: the number of the stream is needed before others' commits are applied, and the slot's last statement is
 * known behind them. */
static err_t join_new(struct sync *s, const struct bootstrap *b, struct changeset **c, struct why *why)
{
	cleanup(life_free) struct life l = { .said = RECORDS_INIT };
	const struct chain_with with = { .more = say_device, .ctx = (void *)(uintptr_t)b };
	err_t e = begin(s, b, why);
	if (!e)
		e = life_draw(s, &l);
	if (!e)
		e = changeset_open(b->map, l.stream.number, c);
	if (e)
		return e;
	sync_attach(s, &(struct sync_attached){ .changeset = *c });
	e = pull(s, why);
	if (!e && b->invited)
		e = invited_check(s, b->invited, why);
	if (!e && b->slot)
		e = life_join(s, b->slot, &l);
	return e ? e : life_say(s, &l, &with);
}

static err_t join_resumed(struct sync *s, const struct bootstrap *b, struct changeset **c)
{
	struct stream own;
	err_t e = stream_own(b->map, &own);
	if (!e)
		e = changeset_open(b->map, own.number, c);
	if (!e)
		sync_attach(s, &(struct sync_attached){ .changeset = *c });
	return e;
}

bool bootstrap_begun(struct map *m)
{
	return !map_has(m, MAP_STATE, span_str(STATE_LIFE));
}

err_t bootstrap_join(const struct bootstrap *b, struct why *why)
{
	err_t begun = map_has(b->map, MAP_STATE, span_str(STATE_LIFE));
	if (begun && map_has(b->map, MAP_STATE, span_str(STATE_MAIN)) != ERR_NOTFOUND)
		return why_set(why, ERR_EXISTS, "joining needs fresh local state, but there is some already");
	cleanup(changeset_freep) struct changeset *c = NULL;
	cleanup(sync_freep) struct sync *s = NULL;
	struct sync_config config = bootstrap_config(b);
	err_t e = begun == ERR_NOTFOUND ? bootstrap_fresh(b) : begun;
	if (!e)
		e = sync_open(&config, &s, why);
	if (!e)
		e = begun ? join_new(s, b, &c, why) : join_resumed(s, b, &c);
	if (!e)
		e = announce(s, why);
	return e ? e : header_follow(s);
}

/* SPDX-License-Identifier: MIT */
#include "sync/bootstrap_join.h"

#include "sync/checkpoint/load.h"
#include "sync/core/stream.h"
#include "sync/core/sync_struct.h"
#include "sync/deliver/place.h"
#include "sync/heads.h"
#include "sync/members/device.h"
#include "sync/members/join.h"
#include "sync/members/mailbox.h"
#include "sync/publish/head_write.h"
#include "sync/pull/pull.h"

/* begin: who is a member, and what they had. */
static err_t begin(struct sync *s, const struct bootstrap *b, struct why *why)
{
	err_t e = member_mailbox(s);
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
		e = place_positions(s, &at);
	if (e)
		return why_set(why, e, "the vault's commits cannot be read from the cloud: %s", err_text(e));
	if (!at.n)
		return why_set(why, ERR_NOTFOUND, "the cloud has the vault's header but no commit of it that verifies");
	return ERR_OK;
}

static err_t enter(struct sync *s, const struct bootstrap *b, const struct slot *slot, struct why *why)
{
	err_t e = device_say(s->at.changeset, b->device, span_str(b->device_name));
	if (!e)
		e = map_sync(s->c.map);
	if (!e)
		e = join_statement(s, b, slot);
	if (!e)
		e = head_write(s);
	return e ? why_set(why, e, "this device could not be announced in the cloud: %s", err_text(e)) : ERR_OK;
}

static err_t join_all(struct sync *s, const struct bootstrap *b, const struct slot *slot, struct why *why)
{
	err_t e = pull(s, why);
	return e ? e : enter(s, b, slot, why);
}

err_t bootstrap_join(const struct bootstrap *b, const struct slot *slot, struct why *why)
{
	if (map_has(b->map, MAP_STATE, span_str(STATE_MAIN)) != ERR_NOTFOUND)
		return why_set(why, ERR_EXISTS, "joining needs fresh local state, but there is some already");
	cleanup(changeset_freep) struct changeset *c = NULL;
	cleanup(sync_freep) struct sync *s = NULL;
	struct sync_config config = bootstrap_config(b);
	uint64_t number;
	config.slot = slot;
	err_t e = join_fresh(b);
	if (!e)
		e = sync_open(&config, &s, why);
	if (!e)
		e = begin(s, b, why);
	if (!e)
		e = stream_number(b->stream, &number);
	if (!e)
		e = changeset_open(b->map, number, &c);
	if (e)
		return e;
	sync_attach(s, &(struct sync_attached){ .changeset = c });
	return join_all(s, b, slot, why);
}

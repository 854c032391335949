/* SPDX-License-Identifier: MIT */
#include "cli/daemon/mounted_vault_devices.h"

#include "cli/daemon/status_words.h"
#include "cli/ui/escape.h"
#include "sync/members/device.h"
#include "sync/members/revoke.h"
#include "sync/members/roll.h"
#include "sync/members/who.h"
#include "util/cleanup.h"

#include <string.h>

#define SHOWN_MAX 1000      /* the answer must stay under CONTROL_ANSWER_MAX */
#define ROUND_TIMEOUT 60000 /* ms: for a round that is under way */

static const char *const states[] = {
	[ROLL_MEMBER] = "member",
	[ROLL_PENDING] = "pending",
	[ROLL_REVOKED] = "revoked",
	[ROLL_NEVER] = "not admitted",
};

/* -- the list ---------------------------------------------------------------------------------------------------- */

static json_t *text_of(struct buf *b)
{
	buf_u8(b, 0);
	return b->failed ? NULL : escape_json((const char *)b->p);
}

static json_t *name_of(struct map *m, struct id device)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	return who_device_now(m, device, &b) ? json_null() : text_of(&b);
}

static json_t *signer_name(struct map *m, const struct roll_by *by)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	if (!by->time)
		return json_null();
	who_signer(m, by->signer, by->kind, &b);
	return text_of(&b);
}

/* device_id: of a device; else null. */
static json_t *device_id(const struct roll_by *by)
{
	char id[ID_TEXT];
	id_hex(by->signer, id);
	return by->time && by->kind == SIGNER_DEVICE ? json_string(id) : json_null();
}

/* entry: the first device is named by genesis: nobody let it in. */
static json_t *entry(struct mounted_vault *v, const struct roll_device *d)
{
	char id[ID_TEXT];
	id_hex(d->id, id);
	int64_t since = d->admitted.time ? d->admitted.time : v->header.g.time;
	bool out = d->state == ROLL_REVOKED;
	return json_pack("{s:s,s:o,s:b,s:s,s:o,s:o,s:o,s:o,s:o,s:o,s:I,s:o}", "id", id, "name", name_of(v->map, d->id),
	                 "this", d->own, "state", states[d->state], "admitted", status_json_time(since * NS_PER_S),
	                 "admitted_by", signer_name(v->map, &d->admitted), "admitted_by_id", device_id(&d->admitted),
	                 "revoked", out ? status_json_time(d->revoked.time * NS_PER_S) : json_null(), "revoked_by",
	                 out ? signer_name(v->map, &d->revoked) : json_null(), "revoked_by_id",
	                 out ? device_id(&d->revoked) : json_null(), "commit", (json_int_t)d->n, "seen",
	                 status_json_time(d->seen));
}

static json_t *list(struct mounted_vault *v)
{
	cleanup(roll_free) struct roll r = { 0 };
	json_t *all = json_array();
	if (!all || roll_get(v->sync, &r)) {
		json_decref(all);
		return NULL;
	}
	for (size_t i = 0; i < MIN(r.n, SHOWN_MAX); i++)
		json_array_append_new(all, entry(v, &r.v[i]));
	return json_pack("{s:b,s:o,s:I}", "ok", 1, "devices", all, "total", (json_int_t)r.n);
}

/* -- what is changed --------------------------------------------------------------------------------------------- */

static json_t *answer(err_t e, const struct why *why)
{
	return e ? control_answer_error(e, why) : control_answer_ok();
}

static json_t *rename_this(struct mounted_vault *v, const char *name)
{
	struct why why = { 0 };
	err_t e = device_rename(work_changeset(v->work), v->own.mine->id, span_str(name));
	if (e == ERR_INVAL)
		why_set(&why, e, "a device's name has 1 to 64 bytes of UTF-8 without control characters");
	if (!e)
		sync_wake(v->sync);
	return answer(e, &why);
}

static json_t *revoke_one(struct mounted_vault *v, const char *id)
{
	struct revoke what = { .timeout_ms = ROUND_TIMEOUT };
	struct why why = { 0 };
	if (!hex_decode(id, what.device.b, ID_LEN))
		return control_answer_error(ERR_INVAL, &(struct why){ "bad request: value" });
	store_retry_now(v->store); /* a round that waits for the store goes on */
	err_t e = revoke_say(v->sync, &what, &why);
	sync_wake(v->sync);
	return answer(e, &why);
}

json_t *mounted_vault_devices(struct mounted_vault *v, const struct control_request *r)
{
	if (!strcmp(r->key, "list"))
		return list(v);
	if (!strcmp(r->key, "rename"))
		return rename_this(v, r->value);
	if (!strcmp(r->key, "revoke"))
		return revoke_one(v, r->value);
	return control_answer_error(ERR_INVAL, &(struct why){ "bad request: key" });
}

/* -- verify ------------------------------------------------------------------------------------------------------ */

static json_t *hash_json(struct hash h)
{
	char text[2 * HASH_LEN + 1];
	hex_encode(h.b, HASH_LEN, text);
	return json_string(text);
}

json_t *mounted_vault_verify(struct mounted_vault *v)
{
	cleanup(roll_free) struct roll r = { 0 };
	struct sync_status s = { 0 };
	size_t devices = 0;
	if (roll_get(v->sync, &r))
		return NULL;
	sync_status(v->sync, &s);
	for (size_t i = 0; i < r.n; i++)
		devices += r.v[i].state == ROLL_MEMBER || r.v[i].state == ROLL_PENDING;
	return json_pack("{s:b,s:{s:o,s:o,s:o,s:I,s:I,s:I,s:o}}", "ok", 1, "verify", "genesis",
	                 hash_json(v->header.genesis_hash), "members", hash_json(r.hashes.members), "state",
	                 hash_json(r.hashes.state), "devices", (json_int_t)devices, "ways_in",
	                 (json_int_t)(r.hashes.signers - devices), "commits", (json_int_t)r.hashes.commits, "last_pull",
	                 status_json_time(s.last_pull_time));
}

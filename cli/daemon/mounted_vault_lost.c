/* SPDX-License-Identifier: MIT */
#include "cli/daemon/mounted_vault_lost.h"

#include "cli/daemon/mounted_vault_naming.h"
#include "cli/daemon/mounted_vault_status.h"
#include "cli/daemon/status_words.h"
#include "cli/ui/escape.h"
#include "sync/lost.h"
#include "sync/members/who.h"
#include "util/cleanup.h"

#include <string.h>

#define ROUND_TIMEOUT 60000 /* ms: for a round that is under way, and for the cloud's answers */

static json_t *device_of(struct mounted_vault *v, uint64_t stream)
{
	char device[CONFLICT_WHO] = "";
	if (!stream)
		return json_null();
	mounted_vault_device(v->map, stream, device);
	return escape_json(device);
}

static json_t *claimant_of(struct mounted_vault *v, struct id device)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	if (id_is_zero(device) || who_device_now(v->map, device, &b))
		return json_null();
	buf_u8(&b, 0);
	return b.failed ? NULL : escape_json((const char *)b.p);
}

/* time_of: of wall seconds; 0: null. */
static json_t *time_of(int64_t s)
{
	return status_json_time(s * NS_PER_S);
}

static json_t *one(struct mounted_vault *v, const struct lost_commits *l)
{
	char stream[ID_TEXT];
	id_hex(l->is.stream, stream);
	return json_pack("{s:o,s:s,s:I,s:I,s:o,s:o,s:o,s:b,s:b}", "device", device_of(v, l->stream), "stream", stream,
	                 "from", (json_int_t)l->is.from, "to", (json_int_t)l->is.to, "said_by",
	                 claimant_of(v, l->is.claimant), "since", time_of(l->is.since), "given_up", time_of(l->is.when),
	                 "lasts", l->lasts, "waits", l->is.waits);
}

static json_t *part(struct mounted_vault *v, const struct lost_commits *list, size_t n, const struct lost_contents *c)
{
	json_t *commits = json_array();
	for (size_t i = 0; commits && i < n; i++)
		json_array_append_new(commits, one(v, &list[i]));
	return json_pack("{s:o,s:{s:I,s:I}}", "commits", commits, "contents", "objects", (json_int_t)c->objects,
	                 "bytes", (json_int_t)c->bytes);
}

static json_t *list(struct mounted_vault *v)
{
	cleanup_free struct lost *l = calloc(1, sizeof(*l));
	struct why why = { 0 };
	char token[ID_TEXT];
	err_t e = l ? lost_get(v->sync, ROUND_TIMEOUT, l, &why) : ERR_NOMEM;
	if (e)
		return control_answer_error(e, &why);
	id_hex(l->token, token);
	return json_pack("{s:b,s:o,s:o,s:o}", "ok", 1, "lost", part(v, l->now, l->n, &l->contents), "given_up",
	                 part(v, l->given, l->given_n, &l->contents_given), "token",
	                 id_is_zero(l->token) ? json_null() : json_string(token));
}

static json_t *look(struct mounted_vault *v)
{
	struct why why = { 0 };
	store_retry_now(v->store); /* a person asks: no refusal of before counts */
	struct why said = { 0 };
	struct store_state st = { 0 };
	err_t e = lost_look(v->sync, ROUND_TIMEOUT, &said);
	if (!e)
		return list(v);
	store_state_of(v->store, &st);
	(void)why_set(&why, e, "cannot ask the cloud now, so nothing was given up: %s",
	              mounted_vault_failure(e, said.text, &st));
	return control_answer_error(e, &why);
}

static json_t *give_up(struct mounted_vault *v, const char *token)
{
	struct why why = { 0 };
	struct id id;
	if (strlen(token) != ID_TEXT - 1 || !hex_decode(token, id.b, ID_LEN))
		return control_answer_error(ERR_INVAL, &(struct why){ "bad request: value" });
	err_t e = lost_give_up(v->sync, id, ROUND_TIMEOUT, &why);
	sync_wake(v->sync);
	if (e == ERR_LIMIT)
		(void)why_set(&why, e, "too much is lost to be given up: cloudseal rebuild %s", v->dir->name);
	return e ? control_answer_error(e, &why) : control_answer_ok();
}

json_t *mounted_vault_lost(struct mounted_vault *v, const struct control_request *r)
{
	if (!strcmp(r->key, "list"))
		return list(v);
	if (!strcmp(r->key, "look"))
		return look(v);
	if (!strcmp(r->key, "give-up"))
		return give_up(v, r->value);
	return control_answer_error(ERR_INVAL, &(struct why){ "bad request: key" });
}

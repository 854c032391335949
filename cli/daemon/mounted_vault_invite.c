/* SPDX-License-Identifier: MIT */
#include "cli/daemon/mounted_vault_invite.h"

#include "cli/daemon/mounted_vault_status.h"
#include "cli/daemon/mounted_vault_sync.h"
#include "cli/daemon/status_words.h"
#include "sync/members/invite.h"
#include "sync/members/invite_admit.h"
#include "util/cleanup.h"
#include "vault/keys/recovery.h"

#include <string.h>

/* refuse: with what the store said, if it was that. */
static json_t *refuse(struct mounted_vault *v, err_t e, const struct why *why)
{
	struct store_state st = { 0 };
	struct why said = { 0 };
	if (e == ERR_NOTFOUND && !why->text[0])
		why_set(&said, e, "no invitation is open any more: begin again");
	if (e == ERR_EXISTS)
		why_set(&said, e, "another device asks by now: begin again, and look at its name and number");
	store_state_of(v->store, &st);
	why_set(&said, e, "%s", why->text[0] ? why->text : mounted_vault_failure(e, "", &st));
	return control_answer_error(e, &said);
}

static json_t *begin(struct mounted_vault *v)
{
	struct invite_shown shown;
	struct why why = { 0 };
	cleanup(secret_freep) char *text = NULL;
	if (v->removed) {
		why_set(&why, ERR_DENIED, "this device is not a member of the vault any more");
		return control_answer_error(ERR_DENIED, &why);
	}
	err_t e = invite_begin(v->sync, &shown, &why);
	if (!e)
		e = recovery_code_encode(shown.code, &text);
	crypto_wipe(shown.code, sizeof(shown.code));
	return e ? refuse(v, e, &why)
	         : json_pack("{s:b,s:s,s:I,s:b}", "ok", 1, "code", text, "until", (json_int_t)shown.until, "again",
	                     shown.again);
}

static json_t *asked_of(const struct invite_asked *a)
{
	char request[2 * HASH_LEN + 1];
	hex_encode(a->request.b, sizeof(a->request.b), request);
	return json_pack("{s:s,s:I,s:s}", "name", a->name, "number", (json_int_t)a->number, "request", request);
}

static json_t *look(struct mounted_vault *v)
{
	struct invite_asked a;
	const struct why why = { 0 };
	err_t e = invite_look(v->sync, &a);
	if (!e)
		return json_pack("{s:b,s:b,s:o}", "ok", 1, "open", 1, "asked", asked_of(&a));
	if (e != ERR_BUSY && e != ERR_NOTFOUND)
		return refuse(v, e, &why);
	return json_pack("{s:b,s:b}", "ok", 1, "open", e == ERR_BUSY);
}

/* admit: what is said is durable; then it is uploaded, and the answer with it. */
static json_t *admit(struct mounted_vault *v, const struct control_request *r, struct control_peer *peer)
{
	struct hash request;
	struct why why = { 0 };
	if (!hex_decode(r->value, request.b, sizeof(request.b)))
		return control_answer_error(ERR_INVAL, NULL);
	err_t e = invite_admit(v->sync, request, &why);
	if (e)
		return refuse(v, e, &why);
	json_decref(mounted_vault_sync(v, r, peer));
	return json_pack("{s:b,s:b}", "ok", 1, "answered", invite_answered(v->sync, request));
}

static json_t *end(struct mounted_vault *v)
{
	const struct why why = { 0 };
	err_t e = invite_end(v->sync);
	return e ? refuse(v, e, &why) : control_answer_ok();
}

json_t *mounted_vault_invite(struct mounted_vault *v, const struct control_request *r, struct control_peer *peer)
{
	if (!strcmp(r->key, "look")) /* again and again */
		return look(v);
	store_retry_now(v->store); /* a person asks: no refusal of before counts */
	if (!strcmp(r->key, "begin"))
		return begin(v);
	if (!strcmp(r->key, "admit"))
		return admit(v, r, peer);
	if (!strcmp(r->key, "end"))
		return end(v);
	return control_answer_error(ERR_INVAL, NULL);
}

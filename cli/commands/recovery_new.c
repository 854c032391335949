/* SPDX-License-Identifier: MIT
 * Key and seed of the new slot are drawn here, and stay here: the daemon gets what members and the store may have of
 * it. It says so only once the person has the key. In this order: the cloud is looked at, so that whoever has joined by
 * the key before is known; the key is shown and confirmed; the daemon has the
 * statement durable; it is uploaded; the header has both; then it is tried as a new device would.
 */
#include "cli/commands/recovery_new.h"

#include "cli/commands/recovery_told.h"
#include "cli/commands/vault_status.h"
#include "cli/commands/wait_upload.h"
#include "cli/control/client.h"
#include "cli/secrets/recovery_sheet.h"
#include "cli/secrets/unlock.h"
#include "cli/ui/escape.h"
#include "cli/ui/exit.h"
#include "cli/ui/test_switch.h"
#include "cli/vaults/local.h"
#include "cli/vaults/recovery_noted.h"
#include "util/cleanup.h"
#include "util/log.h"
#include "vault/keys/header_slots.h"
#include "vault/keys/recovery.h"
#include "vault/keys/recovery_slot.h"

#include <string.h>
#include <time.h>

struct mounted { /* a vault whose daemon is asked */
	struct vault_dir v;
	struct conf conf;
	struct header header; /* the copy */
	struct control_reply state;
	char *at; /* where it is mounted; for recovery new --recovery-sheet alone */
};

static void mounted_free(struct mounted *m)
{
	free(m->at);
	control_reply_free(&m->state);
	header_free(&m->header);
	conf_free(&m->conf);
	vaults_close(&m->v);
}

static err_t get_state(struct mounted *m)
{
	control_reply_free(&m->state);
	return control_call(m->v.fd, json_pack("{s:s}", "op", "recovery"), NULL, &m->state);
}

static int ask_state(struct mounted *m)
{
	if (!get_state(m))
		return EXIT_OK;
	if (!m->state.nobody) {
		exit_fail(ERR_CANCELED, m->v.name, &m->state.why);
		return m->state.code;
	}
	return exit_say(EXIT_NOTFOUND,
	                "%s: is not mounted, and only an open vault can replace its recovery key, or refuse that: "
	                "cloudseal mount %s first",
	                m->v.name, m->v.name);
}

static bool id_of(const json_t *j, struct id *ret)
{
	const char *hex = json_string_value(json_object_get(j, "slot"));
	return hex && hex_decode(hex, ret->b, ID_LEN);
}

static int open_mounted(const struct options *o, struct mounted *m)
{
	struct why why = { 0 };
	err_t e = vaults_open(o->args[1], &m->v, &why);
	if (!e)
		e = vaults_load_conf(&m->v, &m->conf, &why);
	if (!e)
		e = local_header_wanted(&m->v, &m->header, &why);
	return e ? exit_fail(e, o->args[1], &why) : ask_state(m);
}

/* send: `bytes` in hex. *ret_known: what became of it is: nothing, if it fails. */
static err_t send(const struct mounted *m, const char *op, struct span bytes, bool *ret_known, struct why *why)
{
	cleanup(control_reply_free) struct control_reply r = { 0 };
	char hex[CONTROL_TEXT_MAX + 1];
	*ret_known = true;
	if (2 * bytes.len > CONTROL_TEXT_MAX)
		return ERR_LIMIT;
	hex_encode(bytes.p, bytes.len, hex);
	err_t e = control_call(m->v.fd, json_pack("{s:s,s:s}", "op", op, "value", hex), NULL, &r);
	crypto_wipe(hex, sizeof(hex));
	*ret_known = r.answered || r.nobody;
	return e && r.why.text[0] ? why_set(why, e, "%s", r.why.text) : e;
}

/* -- new ---------------------------------------------------------------------------------------------------------- */

struct drawn {
	struct signer_mine *slot;
	struct buf wrap;
	char *key; /* secret_alloc'ed */
};

static void drawn_free(struct drawn *d)
{
	secret_freep(&d->slot);
	secret_freep(&d->key);
	buf_free(&d->wrap);
}

static err_t draw(const struct mounted *m, struct drawn *d)
{
	const struct header *h = &m->header;
	err_t e = signer_mine_draw(h->g.vault, SIGNER_RECOVERY, &d->slot);
	return e ? e : recovery_slot_wrap(h->g.cipher, d->slot, h->genesis_hash, &d->key, &d->wrap);
}

static err_t offer(const struct mounted *m, const struct drawn *d, bool *ret_known, struct why *why)
{
	cleanup(buf_wipe_free) struct buf bytes = BUF_INIT;
	cleanup(recovery_offer_wipe) struct recovery_offer o = { 0 };
	err_t e = recovery_offer_of(d->slot, buf_span(&d->wrap), &o);
	*ret_known = true;
	if (e)
		return e;
	recovery_offer_put(&o, &bytes);
	e = buf_ok(&bytes);
	return e ? e : send(m, "recovery-new", buf_span(&bytes), ret_known, why);
}

/* is_said: the daemon has it, whatever it answered: in force, or to be. */
static bool is_said(struct mounted *m, struct id slot)
{
	size_t i;
	json_t *p;
	struct id is;
	if (get_state(m))
		return false;
	json_array_foreach(json_object_get(m->state.json, "pending"), i, p)
	{
		if (id_of(p, &is) && id_eq(is, slot))
			return true;
	}
	return id_of(m->state.json, &is) && id_eq(is, slot);
}

/* not_said: the offer failed. A key that may be in force one day is not taken from who has it. */
static err_t not_said(err_t e, struct mounted *m, const struct drawn *d, const char *file, struct why *why)
{
	const struct why said = *why;
	if (is_said(m, d->slot->id))
		return ERR_OK;
	why->text[0] = 0;
	return why_set(
	        why, e,
	        "%.200s; whether the new recovery key %s%.200s%scounts is not known: keep it and the one before, "
	        "mount the vault, and ask cloudseal recovery check which of them opens it",
	        said.text[0] ? said.text : err_text(e), file ? "in " : "", file ? file : "", file ? " " : "");
}

static struct recovery_sheet sheet_of(const struct options *o, const struct mounted *m)
{
	return (struct recovery_sheet){ .path = o->secret.recovery_sheet,
		                        .vault = m->v.name,
		                        .conf = &m->conf,
		                        .mount = m->at,
		                        .state = m->v.path };
}

static int check_sheet(const struct options *o, struct mounted *m)
{
	struct why why = { 0 };
	json_t *status = NULL;
	if (!o->secret.recovery_sheet)
		return EXIT_OK;
	err_t e = status_of(&m->v, STATUS_PLAIN, &status, &why);
	m->at = e ? NULL : escape_get(status, "mount_point");
	json_decref(status);
	const struct recovery_sheet sheet = sheet_of(o, m);
	if (!e)
		e = recovery_sheet_check(&sheet, &why);
	return e ? exit_fail(e, m->v.name, &why) : EXIT_OK;
}

/* make: the key is in the person's hands before anything is said. What was written of one that came to nothing goes. */
static err_t make(const struct options *o, struct mounted *m, struct drawn *d, struct why *why)
{
	const char *file = o->secret.recovery_file ? o->secret.recovery_file : o->secret.recovery_sheet;
	const struct recovery_sheet sheet = sheet_of(o, m);
	bool known;
	err_t e = draw(m, d);
	if (!e)
		e = recovery_sheet_hand_over(&sheet, o->secret.recovery_file, d->key, RECOVERY_ANOTHER, why);
	if (e)
		return e;
	TEST_KILL("recovery-shown");
	TEST_STOP("recovery-shown");
	e = offer(m, d, &known, why);
	TEST_KILL("recovery-said");
	if (e && !known)
		return not_said(e, m, d, file, why);
	if (e)
		recovery_sheet_take_back(&sheet, o->secret.recovery_file);
	return e;
}

/* opens: the header in the cloud, as a new device would. */
static err_t opens(const struct mounted *m, const struct drawn *d, struct why *why)
{
	cleanup(header_free) struct header h = { 0 };
	cleanup(secret_freep) uint8_t *key = secret_alloc(RECOVERY_LEN);
	cleanup(unlock_slot_free) struct unlock_slot u = { 0 };
	if (!key)
		return ERR_NOMEM;
	err_t e = unlock_header_at(&m->conf, &h, why);
	if (!e)
		e = recovery_decode(d->key, key, why);
	const struct header_secret with = { SIGNER_RECOVERY, SPAN(key, RECOVERY_LEN), NULL, NULL };
	return e ? e : header_open(&h, &with, &u.opened, NULL);
}

static void tell_made(struct mounted *m, const struct options *o)
{
	if (o->secret.recovery_file)
		escape_print(stdout, "The new recovery key of %s is in %s: keep that away from this machine.",
		             m->v.name, o->secret.recovery_file);
	else
		printf("%s has a new recovery key.\n", m->v.name);
	if (o->secret.recovery_sheet)
		recovery_sheet_say(o->secret.recovery_sheet);
	fflush(stdout); /* before what the upload says; checked at the end */
}

/* conclude: tried from the cloud; until then the one before opens it alone. */
static int conclude(struct mounted *m, const struct options *o, const struct drawn *d)
{
	struct why why = { 0 };
	tell_made(m, o);
	int code = wait_upload(&m->v, o);
	err_t e = opens(m, d, &why);
	if (e) {
		printf("It does not open %s from the cloud yet: until then the one before does. cloudseal sync %s, "
		       "then\n"
		       "cloudseal recovery check %s.\n",
		       m->v.name, m->v.name, m->v.name);
		return code ? code : exit_fail(e, m->v.name, &why);
	}
	e = recovery_noted_checked(&m->v, d->slot->id, time(NULL), &why);
	if (e)
		return exit_fail(e, m->v.name, &why);
	puts("It opens the vault from the cloud.");
	int asked = ask_state(m);
	if (!asked && json_array_size(json_object_get(m->state.json, "pending")))
		recovery_print_pending(m->v.name, m->state.json, stdout);
	else if (!asked)
		puts("The one before opens it no more.");
	return asked ? asked : code;
}

/* is_looked: what waiting for an upload says where the cloud was read: it lacks something, or takes no more. */
static bool is_looked(int code)
{
	return !code || code == EXIT_STOPPED || code == EXIT_STOREFULL || code == EXIT_PENDING;
}

/* look_first: a device that joined by the key in force, of which this one has not heard, would be out with that key. */
static int look_first(const struct mounted *m, const struct options *o)
{
	struct why why = { 0 };
	int code = EXIT_OK;
	err_t e = wait_upload_try(&m->v, o, &code, &why);
	if (is_looked(code))
		return EXIT_OK;
	return exit_say((enum exit_code)code,
	                "%s: the recovery key stays as it is, since the cloud has to be looked at first: a device that "
	                "joined by it lately would be out: %s",
	                m->v.name, why.text[0] ? why.text : err_text(e));
}

int recovery_new(const struct options *o)
{
	cleanup(mounted_free) struct mounted m = { .v = VAULT_DIR_INIT };
	cleanup(drawn_free) struct drawn d = { 0 };
	struct why why = { 0 };
	err_t e = recovery_file_check(o->secret.recovery_file, &why);
	if (e)
		return exit_fail(e, NULL, &why);
	int code = open_mounted(o, &m);
	if (!code)
		code = check_sheet(o, &m);
	if (!code)
		code = look_first(&m, o);
	if (code)
		return code;
	e = make(o, &m, &d, &why);
	return e ? exit_fail(e, m.v.name, &why) : conclude(&m, o, &d);
}

/* -- veto --------------------------------------------------------------------------------------------------------- */

struct chain_at { /* of the key in force */
	uint64_t number;
	struct hash hash;
};

static err_t chain_of(const json_t *state, struct chain_at *ret)
{
	const char *hex = json_string_value(json_object_get(state, "last"));
	ret->number = (uint64_t)json_integer_value(json_object_get(state, "last_number"));
	return hex && hex_decode(hex, ret->hash.b, HASH_LEN) ? ERR_OK : ERR_DAMAGED;
}

/* say_no: REVOKE of that slot, next in the chain, which then ends there. */
static err_t say_no(const struct mounted *m, const struct signer_mine *key, struct id slot, struct chain_at *at,
                    struct why *why)
{
	cleanup(buf_free) struct buf body = BUF_INIT, bytes = BUF_INIT;
	bool known;
	const struct statement says = { .kind = SIGNER_REVOKE, .id = slot };
	struct signer_said s = { .kind = SIGNER_REVOKE, .number = at->number + 1, .previous = at->hash };
	s.time = time(NULL);
	err_t e = statement_put_body(&body, &says);
	s.body = buf_span(&body);
	if (!e)
		e = mine_sign(key, m->header.genesis_hash, &s, &bytes);
	if (!e)
		e = signer_statement_hash(buf_span(&bytes), &at->hash);
	if (!e)
		e = send(m, "recovery-veto", buf_span(&bytes), &known, why);
	at->number += !e;
	return e;
}

/* is_target: others' replacements; of this device alone where there are no others. */
static bool is_target(const json_t *pending, const json_t *p)
{
	size_t i;
	json_t *other;
	const char *here = json_string_value(json_object_get(p, "here"));
	if (!here || strcmp(here, "own") != 0)
		return true;
	json_array_foreach(pending, i, other)
	{
		const char *is = json_string_value(json_object_get(other, "here"));
		if (!is || strcmp(is, "own") != 0)
			return false;
	}
	return true;
}

static err_t revoke_all(const struct mounted *m, const struct signer_mine *key, struct why *why)
{
	const json_t *pending = json_object_get(m->state.json, "pending");
	struct chain_at at = { 0 };
	struct id slot;
	size_t i;
	json_t *p;
	err_t e = chain_of(m->state.json, &at);
	json_array_foreach(pending, i, p)
	{
		if (e)
			return e;
		if (is_target(pending, p))
			e = id_of(p, &slot) ? say_no(m, key, slot, &at, why) : ERR_DAMAGED;
	}
	return e;
}

/* ask_key: the one in force: no other can object. */
static err_t ask_key(const struct options *o, const struct mounted *m, struct signer_mine **ret, struct why *why)
{
	const struct unlock_source source = { &o->secret, &m->conf, m->v.name };
	struct unlock_tried here = { .h = &m->header };
	struct id in_force;
	err_t e = unlock_recovery_try(&source, &here, 1, ret, why);
	if (!e && (!id_of(m->state.json, &in_force) || !id_eq(in_force, (*ret)->id)))
		e = why_set(why, ERR_WRONGKEY,
		            "that is the key which is to take the place of the one in force: type the one before");
	return e;
}

/* tell_stays: for the others once that is uploaded. */
static int tell_stays(const struct mounted *m, const struct options *o)
{
	struct why why = { 0 };
	int code = EXIT_OK;
	err_t e = wait_upload_try(&m->v, o, &code, &why);
	if (e)
		return exit_say((enum exit_code)code,
		                "%s: its recovery key stays as it is on this device, and on the others once that is "
		                "uploaded: %s",
		                m->v.name, why.text[0] ? why.text : err_text(e));
	printf("The recovery key of %s stays as it is. Who replaced it has a device of this vault in hand.\n",
	       m->v.name);
	return EXIT_OK;
}

int recovery_veto(const struct options *o)
{
	cleanup(mounted_free) struct mounted m = { .v = VAULT_DIR_INIT };
	cleanup(secret_freep) struct signer_mine *key = NULL;
	struct why why = { 0 };
	int code = open_mounted(o, &m);
	if (code)
		return code;
	if (!json_array_size(json_object_get(m.state.json, "pending")))
		return exit_say(EXIT_FAILED,
		                "%s: its recovery key is not being replaced: there is nothing to object to", m.v.name);
	err_t e = ask_key(o, &m, &key, &why);
	if (!e)
		e = revoke_all(&m, key, &why);
	if (!e && recovery_noted_checked(&m.v, key->id, time(NULL), NULL))
		log_warn(AREA_CLI, "that the recovery key was shown is not noted");
	return e ? exit_fail(e, m.v.name, &why) : tell_stays(&m, o);
}

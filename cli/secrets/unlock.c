/* SPDX-License-Identifier: MIT */
#include "cli/secrets/unlock.h"

#include "cli/secrets/kdf_ask.h"
#include "cli/ui/escape.h"
#include "cli/vaults/local.h"
#include "remote/requests/sync_calls.h"
#include "util/cleanup.h"

#define TRIES 3

err_t unlock_header_from(struct store *s, struct header *ret, struct why *why)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	err_t e = store_get_sync(s, STORE_HEADER, 0, 0, HEADER_MAX, &b);
	if (e == ERR_NOTFOUND)
		return why_set(why, ERR_DAMAGED,
		               "No vault here. Is it the right folder? cloudseal init makes a new one");
	if (e == ERR_LIMIT)
		return why_set(why, ERR_DAMAGED,
		               "No vault here: " STORE_HEADER " is far too large. Is it the right folder?");
	if (e) {
		struct store_state state = { 0 };
		store_state_of(s, &state);
		return state.last_text[0] ? why_set(why, e, "%s", state.last_text) : e;
	}
	return header_decode(buf_span(&b), ret, why);
}

err_t unlock_header_at(const struct conf *c, struct header *ret, struct why *why)
{
	struct store_config sc;
	struct store *s = NULL;
	conf_store(c, &sc);
	sc.max_wait_ms = 3000;
	err_t e = store_open(&sc, &s, why);
	if (!e)
		e = unlock_header_from(s, ret, why);
	store_close(s);
	return e;
}

struct secret_from unlock_from(const struct unlock_source *s)
{
	struct secret_from from = { .fd = (int)s->options->passfd,
		                    .file = s->options->passfile,
		                    .askpass = s->conf->text[CONF_ASKPASS] };
	if (!from.file)
		from.file = s->conf->text[CONF_PASSPHRASE_FILE];
	return from;
}

/* recovery_from: --passfile and --passfd are the passphrase's, and no keyring is to keep a recovery key. */
static struct secret_from recovery_from(const struct unlock_source *s)
{
	struct secret_from from = { .fd = -1, .file = s->options->recovery_file, .recovery = true };
	from.askpass = s->conf->text[CONF_ASKPASS];
	from.button = "Unlock";
	return from;
}

static struct secret_from passphrase_from(const struct unlock_source *s)
{
	struct secret_from from = unlock_from(s);
	from.vault = s->name;
	from.button = "Unlock";
	return from;
}

/* -- asking ------------------------------------------------------------------------------------------------------- */

/* How a secret is asked for and tried. `use`: what is typed; ERR_WRONGKEY: it may be asked for again. */
struct attempt {
	const struct unlock_source *s;
	const char *what; /* is asked for */
	struct secret_from from;
	err_t (*use)(void *ctx, struct secret_text *text, struct why *why);
	void *ctx;
};

/* attempt_once: *ret_asked: a person typed the secret. `why` says why the last one was wrong, and then why this one is.
 */
static err_t attempt_once(struct attempt *a, bool *ret_asked, struct why *why)
{
	const struct why before = *why;
	cleanup(secret_text_free) struct secret_text text = { 0 };
	char prompt[128];
	snprintf(prompt, sizeof(prompt), "%s of %s", a->what, a->s->name);
	a->from.wrong = before.text[0] ? before.text : NULL;
	why->text[0] = 0;
	err_t e = secret_input_get(&a->from, prompt, &text, ret_asked, why);
	return e ? e : a->use(a->ctx, &text, why);
}

static err_t attempt_run(struct attempt *a, struct why *why)
{
	err_t e = ERR_WRONGKEY;
	why->text[0] = 0;
	for (int i = 0; e == ERR_WRONGKEY && i < TRIES; i++) {
		bool asked = false;
		if (i)
			escape_print(stderr, "cloudseal: %s: %s; once more", a->s->name, why->text);
		e = attempt_once(a, &asked, why);
		if (e)
			why_set(why, e, "%s", err_text(e));
		if (!asked)
			break;
	}
	secret_input_done();
	return e;
}

/* taken: what `why` says, which then says nothing, so that more can be said. */
static struct why taken(struct why *why)
{
	const struct why said = *why;
	why->text[0] = 0;
	return said;
}

/* -- the code of an invitation ------------------------------------------------------------------------------------ */

static err_t use_code(void *ctx, struct secret_text *text, struct why *why)
{
	err_t e = recovery_code_decode(text->p, ctx, why);
	return e == ERR_INVAL ? why_set(why, ERR_WRONGKEY, "that is not the code of an invitation") : e;
}

err_t unlock_code(const struct unlock_source *s, uint8_t ret[RECOVERY_LEN], struct why *why)
{
	struct attempt a = { s, "Code of the invitation", recovery_from(s), use_code, ret };
	a.from.file = s->options->code_file;
	err_t e = attempt_run(&a, why);
	if (e != ERR_INVAL || s->options->code_file)
		return e;
	why->text[0] = 0;
	return why_set(why, e, "no terminal to ask for the code of the invitation: use --invite-file");
}

static void opened_free(struct header_opened *o)
{
	keyring_freep(&o->keyring);
	secret_freep(&o->slot);
}

/* -- slots of the header ------------------------------------------------------------------------------------------ */

struct slot_try {
	const struct header *h;
	struct kdf_asked asked;
	struct unlock_slot *ret;
};

/* key_of: what was typed; *ret is secret_alloc'ed, RECOVERY_LEN bytes. */
static err_t key_of(const struct secret_text *text, uint8_t **ret, struct why *why)
{
	cleanup(secret_freep) uint8_t *secret = secret_alloc(RECOVERY_LEN);
	if (!secret)
		return ERR_NOMEM;
	err_t e = recovery_decode(text->p, secret, why);
	if (e)
		return e == ERR_INVAL ? why_set(why, ERR_WRONGKEY, "that is not a recovery key") : e;
	*ret = steal_ptr(secret);
	return ERR_OK;
}

static err_t open_by(const uint8_t *key, const struct header *h, struct header_opened *ret, struct why *why)
{
	const struct header_secret with = { SIGNER_RECOVERY, SPAN(key, RECOVERY_LEN), NULL, NULL };
	return header_open(h, &with, ret, why);
}

static err_t use_recovery(void *ctx, struct secret_text *text, struct why *why)
{
	struct slot_try *t = ctx;
	cleanup(secret_freep) uint8_t *key = NULL;
	err_t e = key_of(text, &key, why);
	return e ? e : open_by(key, t->h, &t->ret->opened, why);
}

static err_t use_portable(void *ctx, struct secret_text *text, struct why *why)
{
	struct slot_try *t = ctx;
	t->asked.spent = (struct kdf_cost){ 0 };
	const struct header_secret with = { SIGNER_PASSPHRASE, SPAN(text->p, text->len), kdf_ask, &t->asked };
	err_t e = header_open(t->h, &with, &t->ret->opened, why);
	if (e)
		return e;
	t->ret->passphrase = *text;
	*text = SECRET_TEXT_INIT;
	return ERR_OK;
}

void unlock_slot_free(struct unlock_slot *u)
{
	opened_free(&u->opened);
	secret_text_free(&u->passphrase);
}

static err_t by_recovery(struct slot_try *t, const struct unlock_source *s, struct why *why)
{
	struct attempt a = { s, "Recovery key", recovery_from(s), use_recovery, t };
	return attempt_run(&a, why);
}

/* One key, several headers. */
struct several {
	struct unlock_tried *at;
	size_t n;
	struct signer_mine **ret;
};

static err_t use_on_all(void *ctx, struct secret_text *text, struct why *why)
{
	struct several *t = ctx;
	cleanup(secret_freep) uint8_t *key = NULL;
	err_t e = key_of(text, &key, why);
	for (size_t i = 0; !e && i < t->n; i++) {
		cleanup(opened_free) struct header_opened o = { 0 };
		if (!t->at[i].h)
			continue;
		t->at[i].e = open_by(key, t->at[i].h, &o, NULL);
		if (t->at[i].e)
			continue;
		secret_freep(t->ret);
		*t->ret = steal_ptr(o.slot);
	}
	if (e || *t->ret)
		return e;
	return why_set(why, ERR_WRONGKEY, "this is not a recovery key of the vault");
}

err_t unlock_recovery_try(const struct unlock_source *s, struct unlock_tried *at, size_t n, struct signer_mine **ret,
                          struct why *why)
{
	struct several t = { at, n, ret };
	struct attempt a = { s, "Recovery key", recovery_from(s), use_on_all, &t };
	return attempt_run(&a, why);
}

static err_t by_portable(struct slot_try *t, const struct unlock_source *s, struct why *why)
{
	if (!header_opens(t->h, SIGNER_PASSPHRASE))
		return why_set(why, ERR_INVAL,
		               "no passphrase opens this vault from the cloud: its recovery key does (--recovery-file, "
		               "or it is asked for)");
	struct attempt a = { s, "Portable passphrase", passphrase_from(s), use_portable, t };
	err_t e = attempt_run(&a, why);
	if (e != ERR_WRONGKEY)
		return e;
	const struct why said = taken(why);
	return why_set(why, e, "%.400s: try again, or without --portable-passphrase by its recovery key", said.text);
}

err_t unlock_slot_open(const struct header *h, const struct unlock_source *s, struct unlock_slot *ret, struct why *why)
{
	struct slot_try t = { .h = h, .ret = ret };
	if (s->options->portable)
		return by_portable(&t, s, why);
	err_t e = by_recovery(&t, s, why);
	if (e != ERR_WRONGKEY || !header_opens(h, SIGNER_PASSPHRASE))
		return e;
	const struct why said = taken(why);
	return why_set(why, e, "%.400s: --portable-passphrase opens it with its passphrase", said.text);
}

/* -- the local secret --------------------------------------------------------------------------------------------- */

struct local_try {
	const struct vault_dir *v;
	struct local_at at;
	struct key *ret;
};

static err_t use_passphrase(void *ctx, struct secret_text *text, struct why *why)
{
	struct local_try *t = ctx;
	return secret_files_unlock(t->v, &t->at, SPAN(text->p, text->len), t->ret, why);
}

/* rescue: the recovery key opens its slot, and the slot the file. */
static err_t rescue(const struct header *h, const struct unlock_source *s, struct local_try *t, struct why *why)
{
	cleanup(unlock_slot_free) struct unlock_slot u = { 0 };
	struct slot_try st = { .h = h, .ret = &u };
	err_t e = by_recovery(&st, s, why);
	return e ? e : secret_files_recover(t->v, &t->at, u.opened.slot, t->ret, why);
}

static err_t by_passphrase(const struct unlock_source *s, struct local_try *t, struct why *why)
{
	struct attempt a = { s, "Passphrase", passphrase_from(s), use_passphrase, t };
	err_t e = attempt_run(&a, why);
	if (e != ERR_WRONGKEY)
		return e;
	const struct why said = taken(why);
	return why_set(why, e, "%.400s: try again, or --recovery opens it with its recovery key", said.text);
}

err_t unlock_local(const struct vault_dir *v, const struct header *h, const struct unlock_source *s, struct key **ret,
                   struct why *why)
{
	cleanup(secret_freep) struct key *local = secret_alloc(sizeof(*local));
	struct local_try t = { v, local_of(h), local };
	if (!local)
		return ERR_NOMEM;
	err_t e = unlock_by_recovery(s) ? rescue(h, s, &t, why) : by_passphrase(s, &t, why);
	if (!e)
		*ret = steal_ptr(local);
	return e;
}

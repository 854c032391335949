/* SPDX-License-Identifier: MIT */
#include "cli/secrets/unlock.h"

#include "cli/secrets/kdf_ask.h"
#include "cli/vaults/local.h"
#include "util/cleanup.h"

#define TRIES 3

err_t unlock_header_from(struct store *s, struct header **ret, struct why *why)
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

struct secret_from unlock_from(const struct unlock_source *s)
{
	struct secret_from from = { .fd = (int)s->options->passfd,
		                    .file = s->options->passfile,
		                    .askpass = s->conf->text[CONF_ASKPASS] };
	if (!from.file)
		from.file = s->conf->text[CONF_PASSPHRASE_FILE];
	return from;
}

void unlocked_free(struct unlocked *u)
{
	keyring_freep(&u->keyring);
	slot_freep(&u->slot);
}

static err_t try_recovery(const struct header *h, const struct secret_text *text, struct unlocked *ret, struct why *why)
{
	cleanup(secret_freep) uint8_t *secret = secret_alloc(16);
	if (!secret)
		return ERR_NOMEM;
	err_t e = recovery_decode(text->p, secret, why);
	if (e == ERR_INVAL)
		return why_set(why, ERR_WRONGKEY, "that is not a recovery key");
	return e ? e : header_unlock(h, SLOT_RECOVERY, SPAN(secret, 16), &ret->keyring, &ret->slot, why);
}

/* try_once: *ret_asked: a person typed the secret. `why` says why the last one was wrong, and then why this one is. */
static err_t try_once(const struct header *h, const struct unlock_source *s, struct unlocked *ret, bool *ret_asked,
                      struct why *why)
{
	const struct why before = *why;
	cleanup(secret_text_free) struct secret_text text = { 0 };
	bool recovery = s->options->recovery || s->options->recovery_file;
	char prompt[128];
	snprintf(prompt, sizeof(prompt), "%s of %s", recovery ? "Recovery key" : "Passphrase", s->name);
	struct secret_from from = unlock_from(s);
	from.vault = recovery ? NULL : s->name; /* no keyring is to keep a recovery key */
	from.button = "Unlock";
	from.wrong = before.text[0] ? before.text : NULL;
	why->text[0] = 0;
	if (recovery)
		from.file = s->options->recovery_file; /* --passfile is the passphrase's */
	err_t e = secret_input_get(&from, prompt, &text, ret_asked, why);
	if (e)
		return e;
	if (recovery)
		return try_recovery(h, &text, ret, why);
	return header_unlock(h, SLOT_PASSPHRASE, SPAN(text.p, text.len), &ret->keyring, &ret->slot, why);
}

/* wrong_secret: what `why` says, and what else opens the vault. */
static err_t wrong_secret(const struct unlock_source *s, struct why *why)
{
	const struct why said = *why;
	if (s->options->recovery || s->options->recovery_file)
		return ERR_WRONGKEY;
	why->text[0] = 0;
	return why_set(why, ERR_WRONGKEY, "%.400s: try again, or --recovery opens it with its recovery key", said.text);
}

err_t unlock_open(const struct header *h, const struct unlock_source *s, struct unlocked *ret, struct why *why)
{
	bool recovery = s->options->recovery || s->options->recovery_file;
	why->text[0] = 0;
	err_t e = recovery ? ERR_OK : kdf_ask(h, why);
	if (e)
		return e;
	e = ERR_WRONGKEY;
	for (int i = 0; e == ERR_WRONGKEY && i < TRIES; i++) {
		bool asked = false;
		if (i)
			fprintf(stderr, "cloudseal: %s: %s; once more\n", s->name, why->text);
		e = try_once(h, s, ret, &asked, why);
		if (e)
			why_set(why, e, "%s", err_text(e));
		if (!asked)
			break;
	}
	secret_input_done();
	return e == ERR_WRONGKEY ? wrong_secret(s, why) : e;
}

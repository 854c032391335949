/* SPDX-License-Identifier: MIT */
#include "cli/secrets/new_passphrase.h"

#include "cli/secrets/kdf_ask.h"
#include "cli/ui/escape.h"
#include "cli/ui/test_switch.h"
#include "util/cleanup.h"

#define TRIES 3 /* each typed twice */
#define KDF_MS 1000

void new_passphrase_free(struct new_passphrase *p)
{
	secret_text_free(&p->text);
}

/* ask_twice: ERR_WRONGKEY: a person typed two that differ. */
static err_t ask_twice(const struct secret_from *from, const char *prompt, struct secret_text *ret, struct why *why)
{
	cleanup(secret_text_free) struct secret_text first = { 0 }, second = { 0 };
	bool asked;
	err_t e = secret_input_get(from, prompt, &first, &asked, why);
	if (!e && asked)
		e = secret_input_get(from, "The same again", &second, &asked, why);
	if (e)
		return e;
	if (second.p && (first.len != second.len || !crypto_equal(first.p, second.p, first.len)))
		return why_set(why, ERR_WRONGKEY, "the two passphrases differ");
	*ret = first;
	first = SECRET_TEXT_INIT;
	return ERR_OK;
}

static err_t ask(struct secret_from from, const char *name, struct secret_text *ret, struct why *why)
{
	char prompt[128];
	snprintf(prompt, sizeof(prompt), "New passphrase for %s on this device", name);
	err_t e = ask_twice(&from, prompt, ret, why);
	for (int i = 1; e == ERR_WRONGKEY && i < TRIES; i++) {
		escape_print(stderr, "cloudseal: %s: %s; once more", name, why->text);
		why->text[0] = 0;
		from.wrong = "The two passphrases differ";
		e = ask_twice(&from, prompt, ret, why);
	}
	return e;
}

static err_t work_of(struct kdf_params *ret)
{
	if (TEST_SWITCH(KDF, "floor")) {
		*ret = (struct kdf_params){ KDF_FLOOR_KIB, KDF_PASSES_MIN, 1 };
		return ERR_OK;
	}
	if (TEST_SWITCH(KDF, "large")) { /* as another program may make it, or a later one: over what is asked about */
		*ret = (struct kdf_params){ KDF_ASK_KIB + 1024, KDF_PASSES_MIN, KDF_MAX_LANES };
		return ERR_OK;
	}
	return kdf_choose(KDF_MS, ret);
}

err_t new_passphrase_of(struct secret_text *text, struct new_passphrase *ret)
{
	struct new_passphrase p = { .text = *text };
	err_t e = work_of(&p.kdf);
	if (e)
		return e;
	*ret = p;
	*text = SECRET_TEXT_INIT;
	return ERR_OK;
}

err_t new_passphrase_ask_from(const struct secret_from *from, const char *name, struct new_passphrase *ret,
                              struct why *why)
{
	cleanup(secret_text_free) struct secret_text text = { 0 };
	err_t e = ask(*from, name, &text, why);
	return e ? e : new_passphrase_of(&text, ret);
}

err_t new_passphrase_ask(const struct unlock_source *s, struct new_passphrase *ret, struct why *why)
{
	const struct secret_from from = unlock_from(s);
	return new_passphrase_ask_from(&from, s->name, ret, why);
}

err_t new_passphrase_set(const struct new_passphrase *p, const struct vault_dir *v, const struct local_at *at,
                         const struct key *local, struct why *why)
{
	struct wrap_secret secret = new_passphrase_secret(p);
	return secret_files_passphrase(v, at, &secret, local, why);
}

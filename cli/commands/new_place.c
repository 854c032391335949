/* SPDX-License-Identifier: MIT */
#include "cli/commands/new_place.h"

#include "cli/secrets/terminal.h"
#include "cli/vaults/noted_store.h"
#include "util/cleanup.h"
#include "vault/keys/header.h"

#include <string.h>

#define PROMPT_MAX 400

/* no_vault: there is none at the place yet. */
static err_t no_vault(struct store *s, struct why *why)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	struct store_state state = { 0 };
	err_t e = store_get_sync(s, STORE_HEADER, 0, 0, HEADER_MAX, &b);
	if (e == ERR_NOTFOUND)
		return ERR_OK;
	if (!e || e == ERR_LIMIT)
		return why_set(why, ERR_EXISTS, "there is a vault at that place already: use cloudseal join");
	store_state_of(s, &state);
	return state.last_text[0] ? why_set(why, e, "%s", state.last_text) : e;
}

/* asked: on the terminal of who typed the command; a script has none, or reads its input from elsewhere. */
static err_t asked(const char *prompt, bool *ret_asked, struct why *why)
{
	cleanup_fd int tty = isatty(STDIN_FILENO) ? terminal_open() : -1;
	*ret_asked = tty >= 0;
	return tty < 0 ? ERR_CANCELED : terminal_yes(tty, prompt, why);
}

/* agree: by --create, else by a yes to `prompt`; where nobody can be asked it is `e` with what `otherwise` says. */
static err_t agree(const struct options *o, const char *prompt, struct why *otherwise, err_t e, struct why *why)
{
	bool was_asked;
	if (o->create)
		return ERR_OK;
	err_t answer = asked(prompt, &was_asked, why);
	if (!was_asked)
		return why_set(why, e, "%s", otherwise->text);
	return answer == ERR_CANCELED ? why_set(why, answer, "nothing was made: no vault, and no place for one")
	                              : answer;
}

static err_t make(const struct options *o, const struct new_vault *v, struct why *why)
{
	const char *what = strncmp(v->conf.text[CONF_STORE], "s3://", 5) ? "folder" : "bucket";
	char prompt[PROMPT_MAX];
	struct why otherwise = { 0 };
	snprintf(prompt, sizeof(prompt),
	         "There is no such %s yet. Is the address right, and shall it be made? (y/n): ", what);
	err_t e =
	        why_set(&otherwise, ERR_NOSTORE,
	                "there is no such %s yet: is the address right, is its disk mounted? --create makes it", what);
	e = agree(o, prompt, &otherwise, e, why);
	return e ? e : v->store->ops->check(v->store, true, why);
}

static err_t take(const struct options *o, const struct new_vault *v, const struct store_place *p, struct why *why)
{
	char prompt[PROMPT_MAX];
	struct why otherwise = { 0 };
	bool known = p->state == STORE_PLACE_TAKEN;
	if (known && p->objects)
		return why_set(
		        why, ERR_EXISTS,
		        "is not empty: %.100s is where a vault keeps its contents, and its header is not there: a "
		        "device "
		        "that has that vault puts it back (cloudseal sync); else name another place, or empty this one",
		        p->first);
	snprintf(prompt, sizeof(prompt), "%s Put a vault there all the same? (y/n): ",
	         known ? "Other files are at that place." : "What is at that place cannot be listed.");
	err_t e = known ? why_set(&otherwise, ERR_EXISTS,
	                          "is not empty: %.100s: a vault needs a place of its own, such as a new directory in "
	                          "it; "
	                          "--create takes it all the same",
	                          p->first)
	                : why_set(&otherwise, ERR_EXISTS,
	                          "what is there cannot be listed with these keys: --create takes it all the same");
	e = agree(o, prompt, &otherwise, e, why);
	return e ? e : v->store->ops->check(v->store, false, why);
}

/* clean: what an init put there that ended before its header goes. */
static err_t clean(struct new_vault *v, struct store_place *ret, struct why *why)
{
	err_t e = no_vault(v->store, why);
	if (!e)
		e = noted_store_undo(v->store, &v->dir, v->conf.text[CONF_STORE], why);
	return e ? e : v->store->ops->look(v->store, ret, why);
}

err_t new_place_take(const struct options *o, struct new_vault *v, struct why *why)
{
	struct store_place place;
	err_t e = v->store->ops->look(v->store, &place, why);
	if (!e && place.state != STORE_PLACE_ABSENT)
		e = clean(v, &place, why);
	if (!e)
		e = new_vault_anew(v, why);
	if (e)
		return e;
	if (place.state == STORE_PLACE_ABSENT)
		return make(o, v, why);
	return place.state == STORE_PLACE_EMPTY ? v->store->ops->check(v->store, false, why) : take(o, v, &place, why);
}

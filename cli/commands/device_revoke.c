/* SPDX-License-Identifier: MIT */
#include "cli/commands/device_revoke.h"

#include "cli/commands/device_ask.h"
#include "cli/commands/device_pick.h"
#include "cli/commands/wait_upload.h"
#include "cli/secrets/terminal.h"
#include "cli/ui/escape.h"
#include "cli/ui/exit.h"
#include "cli/vaults/target.h"
#include "util/cleanup.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static void drop(json_t *const *j)
{
	json_decref(*j);
}

struct revoking {
	const struct vault_dir *v;
	const json_t *device, *all;
	char called[80];
};

/* -- asking ------------------------------------------------------------------------------------------------------ */

/* name_line: text that others wrote, in a line of its own. */
static void name_line(FILE *to, const char *before, const char *name, const char *id)
{
	escape_print(to, "%s%s (id %.*s)", before, name, DEVICE_ID_SHOWN, id);
}

static bool still_in(const json_t *device)
{
	const char *state = device_field(device, "state");
	return !strcmp(state, "member") || !strcmp(state, "pending");
}

/* say_let_in: whom it has let in: they stay. */
static void say_let_in(const struct revoking *r, FILE *to)
{
	const char *id = device_field(r->device, "id");
	size_t i;
	json_t *d;
	json_array_foreach(r->all, i, d)
	{
		if (!strcmp(device_field(d, "admitted_by_id"), id) && still_in(d))
			name_line(to, "It let in, and this one stays: ", device_field(d, "name"),
			          device_field(d, "id"));
	}
}

static void explain(const struct revoking *r, FILE *to)
{
	fputs("From then on no device takes anything from it. That cannot be taken back: to come back it joins anew.\n"
	      "What it has on its disk, and has read or copied, it keeps. The others get new keys: what they write "
	      "then\n"
	      "it cannot read. But it still reaches the cloud, and can delete there: so change the user and password\n"
	      "(or keys) of the cloud, and give the new ones to your other devices.\n",
	      to);
	say_let_in(r, to);
	fflush(to);
}

static bool agreed(const struct secret_text *answer)
{
	return answer->len && (!strcasecmp(answer->p, "y") || !strcasecmp(answer->p, "yes"));
}

static int ask(const struct revoking *r, int tty)
{
	cleanup(secret_text_free) struct secret_text answer = { 0 };
	const struct terminal_question q = { tty, "Remove it? (y/n): ", true };
	FILE *to = fdopen(dup(tty), "w");
	struct why why = { 0 };
	if (!to)
		return exit_fail(ERR_NOMEM, r->v->name, NULL);
	name_line(to, "To be removed from the vault: ", r->called, device_field(r->device, "id"));
	explain(r, to);
	fclose(to);
	err_t e = terminal_ask(&q, &answer, &why);
	if (e && e != ERR_INVAL)
		return exit_fail(e, r->v->name, &why);
	return !e && agreed(&answer) ? EXIT_OK : exit_say(EXIT_FAILED, "%s: nothing was removed", r->v->name);
}

static int ask_first(const struct revoking *r, const struct options *o)
{
	if (o->yes)
		return EXIT_OK;
	cleanup_fd int tty = terminal_open();
	if (tty >= 0)
		return ask(r, tty);
	return exit_say(EXIT_USAGE, "%s: no terminal to ask on: nothing was removed; --yes removes %s", r->v->name,
	                r->called);
}

/* -- doing it ---------------------------------------------------------------------------------------------------- */

static int upload(const struct revoking *r, const struct options *o)
{
	int code = EXIT_OK;
	struct why why = { 0 };
	err_t e = wait_upload_try(r->v, o, &code, &why);
	if (!e)
		return EXIT_OK;
	return exit_say((enum exit_code)code,
	                "%s: %s is removed for this device; for the others once that is uploaded: %s", r->v->name,
	                r->called, why.text[0] ? why.text : err_text(e));
}

static int revoke_it(const struct revoking *r, const struct options *o)
{
	int code = ask_first(r, o);
	if (!code)
		code = device_ask_do(r->v, "revoke", device_field(r->device, "id"));
	if (!code)
		code = upload(r, o);
	if (code)
		return code;
	escape_print(stdout, "%s: %s is removed, for every device from its next sync on.", r->v->name, r->called);
	if (o->yes) /* what was not asked */
		explain(r, stdout);
	else
		puts("Now change the user and password (or keys) of the cloud.");
	return EXIT_OK;
}

int command_device_revoke(const struct options *o)
{
	cleanup(vaults_close) struct vault_dir v = VAULT_DIR_INIT;
	cleanup(drop) json_t *answer = NULL;
	struct revoking r = { .v = &v };
	struct why why = { 0 };
	int code = target_open(o->args[1], &v);
	if (!code)
		code = device_ask_list(&v, &answer);
	if (code)
		return code;
	r.all = json_object_get(answer, "devices");
	err_t e = device_pick(r.all, o->args[2], &r.device, &why);
	if (e)
		return exit_fail(e, v.name, &why);
	device_called(r.device, r.called);
	if (json_is_true(json_object_get(r.device, "this")))
		return exit_say(
		        EXIT_USAGE,
		        "%s: %s is this device, which cannot remove itself: do it on another one; cloudseal forget "
		        "%s drops the copy here",
		        v.name, r.called, v.name);
	if (!still_in(r.device))
		return exit_say(EXIT_BUSY, "%s: %s was removed already", v.name, r.called);
	return revoke_it(&r, o);
}

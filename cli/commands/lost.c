/* SPDX-License-Identifier: MIT
 * What the cloud lost for good, and giving it up: what a person says yes to is what was shown (sync/lost.h).
 */
#include "cli/commands/lost.h"

#include "cli/control/client.h"
#include "cli/secrets/terminal.h"
#include "cli/ui/escape.h"
#include "cli/ui/exit.h"
#include "cli/ui/print_json.h"
#include "cli/ui/units.h"
#include "cli/vaults/target.h"
#include "util/cleanup.h"

#include <string.h>

static void drop(json_t *const *j)
{
	json_decref(*j);
}

static int ask(const struct vault_dir *v, const char *what, const char *token, json_t **ret)
{
	cleanup(control_reply_free) struct control_reply r = { 0 };
	json_t *request = json_pack("{s:s,s:s,s:s}", "op", "lost", "key", what, "value", token);
	err_t e = control_call(v->fd, request, NULL, &r);
	if (e) {
		exit_fail(e, v->name, &r.why);
		return r.code;
	}
	if (ret)
		*ret = json_incref(r.json);
	return EXIT_OK;
}

/* -- in words ------------------------------------------------------------------------------------------------------ */

static const char *text_of(const json_t *j, const char *key)
{
	const char *t = json_string_value(json_object_get(j, key));
	return t ? t : "";
}

static long long number_of(const json_t *j, const char *key)
{
	return (long long)json_integer_value(json_object_get(j, key));
}

/* which: "changes 5 to 7 of laptop". */
static void which(const json_t *c, char *out, size_t size)
{
	const char *device = text_of(c, "device");
	const long long from = number_of(c, "from"), to = number_of(c, "to");
	if (!to)
		snprintf(out, size, "all of a device that nothing proves (%.8s)", text_of(c, "stream"));
	else if (from == to)
		snprintf(out, size, "change %lld of %s", to, device[0] ? device : text_of(c, "stream"));
	else
		snprintf(out, size, "changes %lld to %lld of %s", from, to, device[0] ? device : text_of(c, "stream"));
}

static void print_commits(const json_t *c, FILE *to)
{
	char what[400], since[64], given[64], by[400] = "";
	const char *said_by = text_of(c, "said_by");
	which(c, what, sizeof(what));
	units_time(text_of(c, "since"), since, sizeof(since));
	units_time(text_of(c, "given_up"), given, sizeof(given));
	if (json_is_true(json_object_get(c, "waits")))
		snprintf(by, sizeof(by), ", which are there and stand on what is lost");
	else if (said_by[0])
		snprintf(by, sizeof(by), ", which %s says it has", said_by);
	escape_print(to, "  %s%s (%s %s)%s", what, by, given[0] ? "given up" : "known since", given[0] ? given : since,
	             json_is_true(json_object_get(c, "lasts")) ? "" : ": it may still come");
}

/* print_part: whether there was anything. */
static bool print_part(const json_t *part, const char *title, FILE *to)
{
	const json_t *commits = json_object_get(part, "commits"), *contents = json_object_get(part, "contents");
	const long long objects = number_of(contents, "objects");
	char size[32];
	size_t i;
	json_t *c;
	if (!json_array_size(commits) && !objects)
		return false;
	escape_print(to, "%s", title);
	json_array_foreach(commits, i, c) print_commits(c, to);
	units_size((uint64_t)number_of(contents, "bytes"), size, sizeof(size));
	if (objects)
		fprintf(to, "  contents of files: in %lld object%s of %s in all\n", objects, objects == 1 ? "" : "s",
		        size);
	return true;
}

static void print_words(const struct vault_dir *v, const json_t *answer)
{
	char title[300];
	snprintf(title, sizeof(title), "%.200s: lost in the cloud, as far as this device knows:", v->name);
	if (print_part(json_object_get(answer, "lost"), title, stdout))
		escape_print(stdout,
		             "Is it in a backup of the cloud, or on another device (cloudseal sync there)? If not: "
		             "cloudseal lost --give-up %s",
		             v->name);
	else
		escape_print(stdout, "%s: nothing is known to be lost.", v->name);
	print_part(json_object_get(answer, "given_up"), "Given up on this device:", stdout);
}

static int print_all(const struct vault_dir *v, json_t *answer, const struct options *o)
{
	cleanup(drop) json_t *j = json_pack("{s:s,s:O,s:O}", "name", v->name, "lost", json_object_get(answer, "lost"),
	                                    "given_up", json_object_get(answer, "given_up"));
	if (!j)
		return exit_fail(ERR_NOMEM, v->name, NULL);
	if (o->json)
		print_json(j, stdout);
	else
		print_words(v, j);
	return EXIT_OK;
}

/* -- giving it up -------------------------------------------------------------------------------------------------- */

static void explain(const json_t *answer, FILE *to)
{
	cleanup(drop) json_t *lasts = json_array();
	const json_t *lost = json_object_get(answer, "lost");
	size_t i;
	json_t *c;
	json_array_foreach(json_object_get(lost, "commits"), i, c)
	{
		if (json_is_true(json_object_get(c, "lasts")))
			json_array_append(lasts, c);
	}
	cleanup(drop) json_t *part =
	        json_pack("{s:O,s:O}", "commits", lasts, "contents", json_object_get(lost, "contents"));
	print_part(part, "To be given up on this device:", to);
	fputs("From then on it is no alarm here, and the vault mounts writable. It is still asked for, and taken in if "
	      "it "
	      "comes.\nWhat stands on it is not shown here either: where another device has all, cloudseal rebuild "
	      "takes "
	      "that in instead.\nOther devices are not told.\n",
	      to);
	fflush(to);
}

static int confirm(const struct vault_dir *v, const json_t *answer, const struct options *o)
{
	struct why why = { 0 };
	if (o->yes)
		return EXIT_OK;
	cleanup_fd int tty = o->json ? -1 : terminal_open();
	FILE *to = tty >= 0 ? fdopen(dup(tty), "w") : NULL;
	if (!to)
		return exit_say(EXIT_USAGE, "%s: %s: nothing was given up; --yes gives it up", v->name,
		                o->json ? "--json does not ask" : "no terminal to ask on");
	explain(answer, to);
	fclose(to);
	err_t e = terminal_yes(tty, "Give it up? (y/n): ", &why);
	if (e == ERR_CANCELED && !why.text[0])
		return exit_say(EXIT_FAILED, "%s: nothing was given up", v->name);
	return e ? exit_fail(e, v->name, &why) : EXIT_OK;
}

/* nothing: that could be given up now. */
static int nothing(const struct vault_dir *v, json_t *answer, const struct options *o)
{
	if (json_array_size(json_object_get(json_object_get(answer, "lost"), "commits")))
		return exit_say(
		        EXIT_BUSY,
		        "%s: what is missing was found less than two minutes ago, and may still come: nothing was "
		        "given up; try again then",
		        v->name);
	if (o->json)
		return print_all(v, answer, o);
	escape_print(stdout, "%s: nothing is known to be lost, so there is nothing to give up.", v->name);
	return EXIT_OK;
}

static int give_up(const struct vault_dir *v, const struct options *o)
{
	cleanup(drop) json_t *shown = NULL;
	int code = ask(v, "look", "", &shown);
	const char *token = text_of(shown, "token");
	if (code)
		return code;
	if (!token[0])
		return nothing(v, shown, o);
	code = confirm(v, shown, o);
	if (!code)
		code = ask(v, "give-up", token, NULL);
	if (code)
		return code;
	if (o->yes && !o->json)
		explain(shown, stdout);
	if (!o->json) {
		escape_print(stdout, "%s: given up. cloudseal lost %s shows it.", v->name, v->name);
		return EXIT_OK;
	}
	cleanup(drop) json_t *now = NULL;
	code = ask(v, "list", "", &now);
	return code ? code : print_all(v, now, o);
}

int command_lost(const struct options *o)
{
	cleanup(vaults_close) struct vault_dir v = VAULT_DIR_INIT;
	cleanup(drop) json_t *answer = NULL;
	int code = target_open(o->args[0], &v);
	if (!code && o->yes && !o->give_up)
		return exit_say(EXIT_USAGE, "%s: --yes says nothing without --give-up", v.name);
	if (code || o->give_up)
		return code ? code : give_up(&v, o);
	code = ask(&v, "list", "", &answer);
	return code ? code : print_all(&v, answer, o);
}

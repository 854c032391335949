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

static bool is(const json_t *j, const char *key)
{
	return json_is_true(json_object_get(j, key));
}

/* goes_with: it stands on what lasts, and would be given up with it. */
static bool goes_with(const json_t *c)
{
	return is(c, "waits") && !text_of(c, "since")[0];
}

static bool is_one(const json_t *c)
{
	return number_of(c, "to") && number_of(c, "from") == number_of(c, "to");
}

/* which: "changes 5 to 7 of laptop". */
static void which(const json_t *c, char *out, size_t size)
{
	char whose[320];
	const char *device = text_of(c, "device"), *stream = text_of(c, "stream");
	const long long from = number_of(c, "from"), to = number_of(c, "to");
	if (device[0])
		snprintf(whose, sizeof(whose), "%s", device);
	else
		snprintf(whose, sizeof(whose), "an unknown device (%.8s)", stream);
	if (!to)
		snprintf(out, size, "all changes of %s", whose);
	else if (from == to)
		snprintf(out, size, "change %lld of %s", to, whose);
	else
		snprintf(out, size, "changes %lld to %lld of %s", from, to, whose);
}

static void print_commits(const json_t *c, FILE *to)
{
	char what[400], since[64], given[64], by[400] = "";
	const char *said_by = text_of(c, "said_by");
	which(c, what, sizeof(what));
	units_time(text_of(c, "since"), since, sizeof(since));
	units_time(text_of(c, "given_up"), given, sizeof(given));
	if (is(c, "waits") && given[0])
		snprintf(by, sizeof(by), ", which %s there, and %s on what was lost", is_one(c) ? "is" : "are",
		         is_one(c) ? "builds" : "build");
	else if (said_by[0] && !is(c, "waits"))
		snprintf(by, sizeof(by), ", which %s says it has", said_by);
	escape_print(to, "  %s%s (%s %s)%s", what, by, given[0] ? "given up" : "known since", given[0] ? given : since,
	             is(c, "lasts") ? "" : ": it may still come");
}

static void print_with(const json_t *c, FILE *to)
{
	char what[400];
	which(c, what, sizeof(what));
	escape_print(to, "  and, because %s on it: %s", is_one(c) ? "it stands" : "they stand", what);
}

/* of: those of a list that are here and build on what is lost, or those that are not; that go with others, or not. */
static json_t *of(const json_t *commits, bool waits, bool with)
{
	json_t *list = json_array(), *c;
	size_t i;
	json_array_foreach(commits, i, c)
	{
		if (is(c, "waits") == waits && goes_with(c) == with)
			json_array_append(list, c);
	}
	return list;
}

static void print_contents(const json_t *contents, FILE *to)
{
	const long long objects = number_of(contents, "objects");
	char size[32];
	units_size((uint64_t)number_of(contents, "bytes"), size, sizeof(size));
	if (objects)
		fprintf(to, "  contents of files: in %lld object%s of %s in all\n", objects, objects == 1 ? "" : "s",
		        size);
}

/* What there is of a part of the answer. */
struct part {
	json_t *gone, *here, *with; /* lists of commits: not in the cloud; in it; what goes with these */
	const json_t *contents;
};

static void part_free(struct part *p)
{
	json_decref(p->gone);
	json_decref(p->here);
	json_decref(p->with);
}

static struct part part_of(const json_t *j)
{
	const json_t *commits = json_object_get(j, "commits");
	return (struct part){ of(commits, false, false), of(commits, true, false), of(commits, true, true),
		              json_object_get(j, "contents") };
}

static bool any_lost(const struct part *p)
{
	return json_array_size(p->gone) || number_of(p->contents, "objects");
}

static void print_each(const json_t *list, void (*one)(const json_t *c, FILE *to), FILE *to)
{
	size_t i;
	json_t *c;
	json_array_foreach(list, i, c) one(c, to);
}

/* print_part: whether there was anything. */
static bool print_part(const struct part *p, const char *title, FILE *to)
{
	const bool lost = any_lost(p), here = json_array_size(p->here);
	if (lost)
		escape_print(to, "%s", title);
	print_each(p->gone, print_commits, to);
	print_contents(p->contents, to);
	if (here)
		fprintf(to, "In the cloud, but not shown here, as %s on what is lost:\n",
		        json_array_size(p->here) == 1 && is_one(json_array_get(p->here, 0)) ? "it builds"
		                                                                            : "they build");
	print_each(p->here, print_commits, to);
	print_each(p->with, print_with, to);
	return lost || here;
}

/* print_next: what a person may do about it. */
static void print_next(const char *name, const json_t *answer, const struct part *p)
{
	if (any_lost(p))
		escape_print(stdout, "Is it in a backup of the cloud, or on another device (cloudseal sync there)?");
	if (json_array_size(p->here))
		escape_print(stdout, "Has another device all of it? Then cloudseal rebuild %s takes that in.", name);
	if (text_of(answer, "token")[0])
		escape_print(stdout, "If not: cloudseal lost --give-up %s", name);
	else
		escape_print(stdout, "It may still come: try again in two minutes.");
}

static bool any_given(const json_t *answer)
{
	const json_t *given = json_object_get(answer, "given_up");
	return json_array_size(json_object_get(given, "commits")) ||
	       number_of(json_object_get(given, "contents"), "objects");
}

static void print_given(const json_t *answer)
{
	const json_t *given = json_object_get(answer, "given_up"), *contents = json_object_get(given, "contents");
	const json_t *commits = json_object_get(given, "commits");
	if (any_given(answer))
		puts("Given up on this device:");
	print_each(commits, print_commits, stdout);
	print_contents(contents, stdout);
}

static void print_words(const struct vault_dir *v, const json_t *answer)
{
	char title[300];
	cleanup(part_free) struct part p = part_of(json_object_get(answer, "lost"));
	snprintf(title, sizeof(title), "%.200s: lost in the cloud, as far as this device knows:", v->name);
	if (print_part(&p, title, stdout))
		print_next(v->name, answer, &p);
	else
		escape_print(stdout, "%s: as far as this device knows, nothing%s is lost", v->name,
		             any_given(answer) ? " else" : "");
	print_given(answer);
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
		print_words(v, answer);
	return EXIT_OK;
}

/* -- giving it up -------------------------------------------------------------------------------------------------- */

/* print_asked: all that would be given up, or was. */
static void print_asked(const json_t *answer, const char *title, FILE *to)
{
	cleanup(drop) json_t *lasts = json_array();
	const json_t *lost = json_object_get(answer, "lost");
	size_t i;
	json_t *c;
	json_array_foreach(json_object_get(lost, "commits"), i, c)
	{
		if (is(c, "lasts"))
			json_array_append(lasts, c);
	}
	cleanup(drop) json_t *j =
	        json_pack("{s:O,s:O}", "commits", lasts, "contents", json_object_get(lost, "contents"));
	cleanup(part_free) struct part p = part_of(j);
	fprintf(to, "%s\n", title);
	print_part(&p, "Lost in the cloud:", to);
}

/* explain: what a yes means, of that. */
static void explain(const char *name, const json_t *answer, FILE *to)
{
	const json_t *lost = json_object_get(answer, "lost");
	bool commits = false;
	size_t i;
	json_t *c;
	json_array_foreach(json_object_get(lost, "commits"), i, c) commits |= is(c, "lasts");
	fprintf(to, "From then on it is no alarm here%s. It is still asked for, and taken in if it comes.\n",
	        commits ? ", and the vault mounts writable" : "");
	if (number_of(json_object_get(lost, "contents"), "objects"))
		fputs("Files of which contents are lost stay in their folders, and reading them fails: remove them, or "
		      "copy them here from elsewhere.\n",
		      to);
	if (commits)
		escape_print(to,
		             "Where another device has it, what that device writes later is an alarm again: use "
		             "cloudseal rebuild %s then.",
		             name);
	fputs("Other devices are not told.\n", to);
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
	print_asked(answer, "To be given up on this device:", to);
	explain(v->name, answer, to);
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
		        "given up: try again in two minutes",
		        v->name);
	if (o->json)
		return print_all(v, answer, o);
	escape_print(stdout, "%s: as far as this device knows, nothing%s is lost: there is nothing to give up", v->name,
	             any_given(answer) ? " else" : "");
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
		print_asked(shown, "Given up on this device:", stdout);
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
	if (o->yes && !o->give_up)
		return exit_say(EXIT_USAGE, "--yes goes with --give-up: nothing was given up");
	int code = target_open(o->args[0], &v);
	if (code || o->give_up)
		return code ? code : give_up(&v, o);
	code = ask(&v, "list", "", &answer);
	return code ? code : print_all(&v, answer, o);
}

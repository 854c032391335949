/* SPDX-License-Identifier: MIT */
#include "cli/commands/conflicts.h"

#include "cli/control/client.h"
#include "cli/ui/escape.h"
#include "cli/ui/exit.h"
#include "cli/ui/print_json.h"
#include "cli/ui/units.h"
#include "cli/vaults/target.h"
#include "util/cleanup.h"

#include <string.h>

/* ask: *ret: {"name": vault, "conflicts": [...], "total": N}. On failure prints and returns an exit code. */
static int ask(const struct vault_dir *v, uint64_t ino, json_t **ret)
{
	cleanup(control_reply_free) struct control_reply r = { 0 };
	char text[24];
	snprintf(text, sizeof(text), "%llu", (unsigned long long)ino);
	err_t e = control_call(v->fd, json_pack("{s:s,s:s}", "op", "conflicts", "ino", text), NULL, &r);
	if (e) {
		exit_fail(e, v->name, &r.why);
		return r.code;
	}
	*ret = json_pack("{s:s,s:O,s:O}", "name", v->name, "conflicts", json_object_get(r.json, "conflicts"), "total",
	                 json_object_get(r.json, "total"));
	return *ret ? EXIT_OK : exit_fail(ERR_DAMAGED, v->name, NULL);
}

/* -- words ------------------------------------------------------------------------------------------------------- */

static const char *text_of(const json_t *j, const char *name)
{
	const char *s = json_string_value(json_object_get(j, name));
	return s ? s : "";
}

/* what_words: "another version of the file", "a file by itself, beside the directory". */
static void what_words(const json_t *c, char *out, size_t size)
{
	const char *beside = text_of(c, "beside");
	if (json_is_true(json_object_get(c, "version")))
		snprintf(out, size, "another version of the %s", text_of(c, "type"));
	else if (beside[0])
		snprintf(out, size, "a %s by itself, beside the %s", text_of(c, "type"), beside);
	else
		snprintf(out, size, "a %s by itself, in place of", text_of(c, "type"));
}

static void print_one(const json_t *c)
{
	char what[100], when[64];
	what_words(c, what, sizeof(what));
	units_time(text_of(c, "when"), when, sizeof(when));
	escape_print(stdout, "%s: %s %s, by %s, %s", text_of(c, "path"), what, text_of(c, "name"), text_of(c, "device"),
	             when);
}

static void print_all(const json_t *answer)
{
	size_t i;
	json_t *c;
	const json_t *list = json_object_get(answer, "conflicts");
	json_int_t total = json_integer_value(json_object_get(answer, "total"));
	if (!total)
		printf("%s: no conflicts.\n", text_of(answer, "name"));
	json_array_foreach(list, i, c) print_one(c);
	if (total > (json_int_t)json_array_size(list))
		printf("%s: %lld more.\n", text_of(answer, "name"),
		       (long long)total - (long long)json_array_size(list));
}

/* -- the command ------------------------------------------------------------------------------------------------- */

static int show_one(const struct options *o)
{
	cleanup(vaults_close) struct vault_dir v = VAULT_DIR_INIT;
	json_t *answer = NULL;
	uint64_t ino = 0;
	const char *target = o->args[0];
	int code = target_is_path(target) ? target_path(target, &v, &ino) : target_open(target, &v);
	if (!code)
		code = ask(&v, ino, &answer);
	if (code)
		return code;
	if (o->json)
		print_json(answer, stdout);
	else
		print_all(answer);
	json_decref(answer);
	return EXIT_OK;
}

struct every {
	json_t *all;
	int code;
	struct why why;
};

/* add: of one that is mounted. */
static enum vaults_visit add(void *ctx, const char *name)
{
	struct every *every = ctx;
	cleanup(vaults_close) struct vault_dir v = VAULT_DIR_INIT;
	json_t *answer = NULL;
	if (vaults_open(name, &v, NULL) || !control_peer_pid(v.fd))
		return VAULTS_NEXT;
	every->code = ask(&v, 0, &answer);
	if (!every->code && json_array_append_new(every->all, answer))
		every->code = exit_fail(ERR_NOMEM, name, NULL);
	return every->code ? VAULTS_STOP : VAULTS_NEXT;
}

static int show_every(const struct options *o)
{
	struct every every = { .all = json_array() };
	size_t i;
	json_t *answer;
	err_t e = every.all ? vaults_each(add, &every, &every.why) : ERR_NOMEM;
	int code = e ? exit_fail(e, NULL, &every.why) : every.code;
	if (!code && o->json)
		print_json(every.all, stdout);
	if (!code && !o->json && !json_array_size(every.all))
		puts("No vault is mounted.");
	if (!code && !o->json)
		json_array_foreach(every.all, i, answer) print_all(answer);
	json_decref(every.all);
	return code;
}

int command_conflicts(const struct options *o)
{
	return o->nargs ? show_one(o) : show_every(o);
}

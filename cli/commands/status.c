/* SPDX-License-Identifier: MIT
 * cloudseal status, list and forget: what is known here.
 */
#include "cli/commands/commands.h"
#include "cli/vaults/last.h"
#include "cli/commands/vault_status.h"
#include "util/cleanup.h"

#include <string.h>
#include <time.h>

struct listing {
	json_t *all; /* array of status objects */
	struct why why;
	err_t failed;
};

static int add(void *ctx, const char *name)
{
	struct listing *l = ctx;
	cleanup(vaults_close) struct vault_dir v = VAULT_DIR_INIT;
	json_t *one = NULL;
	err_t e = vaults_open(name, &v, &l->why);
	if (!e)
		e = status_of(&v, &one, &l->why);
	if (e || json_array_append_new(l->all, one))
		l->failed = e ? e : ERR_NOMEM;
	return 0;
}

/* collect: of one vault, or of all. */
static int collect(const char *target, struct listing *l)
{
	*l = (struct listing){ .all = json_array() };
	cleanup(vaults_close) struct vault_dir v = VAULT_DIR_INIT;
	if (!l->all)
		return exit_fail(ERR_NOMEM, NULL, NULL);
	if (target) {
		int code = target_open(target, &v);
		if (code)
			return code;
		add(l, v.name);
		json_t *space;
		if (!l->failed && target_is_path(target)) {
			code = space_of_path(target, &space);
			if (code || json_object_set_new(json_array_get(l->all, 0), "path", space))
				return code ? code : exit_fail(ERR_NOMEM, NULL, NULL);
		}
	} else {
		l->failed = vaults_each(add, l, &l->why);
	}
	return l->failed ? exit_fail(l->failed, target, &l->why) : EXIT_OK;
}

static void print_json(json_t *j)
{
	json_dumpf(j, stdout, JSON_INDENT(2));
	putchar('\n');
}

static void print_all(const struct options *o, const struct listing *l)
{
	size_t i;
	json_t *j;
	if (o->json) {
		print_json(o->nargs ? json_array_get(l->all, 0) : l->all);
		return;
	}
	if (!json_array_size(l->all))
		puts("No vaults here yet: cloudseal init makes one, cloudseal join opens one that exists.");
	json_array_foreach(l->all, i, j)
	{
		status_print(j, stdout);
	}
}

int command_status(const struct options *o)
{
	const struct timespec second = { .tv_sec = 1 };
	for (;;) {
		struct listing l;
		int code = collect(o->nargs ? o->args[0] : NULL, &l);
		if (!code) {
			if (o->watch && !o->json && isatty(STDOUT_FILENO))
				fputs("\033[H\033[2J", stdout);
			print_all(o, &l);
		}
		json_decref(l.all);
		if (code || !o->watch || fflush(stdout))
			return code;
		nanosleep(&second, NULL);
	}
}

int command_list(const struct options *o)
{
	struct listing l;
	size_t i;
	json_t *j;
	int code = collect(NULL, &l);
	if (!code && o->json)
		print_json(l.all);
	else if (!code)
		json_array_foreach(l.all, i, j)
		{
			const char *store = json_string_value(json_object_get(j, "store"));
			const char *point = json_string_value(json_object_get(j, "mount_point"));
			printf("%-20s %-30s %s\n", json_string_value(json_object_get(j, "name")), store ? store : "?",
			       point ? point : "locked");
		}
	json_decref(l.all);
	return code;
}

int command_forget(const struct options *o)
{
	cleanup(vaults_close) struct vault_dir v = VAULT_DIR_INIT;
	struct why why = { 0 };
	struct last l;
	char words[128];
	err_t e = vaults_open(o->args[0], &v, &why);
	if (!e)
		e = vaults_lock(&v, &why);
	if (e)
		return exit_fail(e, o->args[0], &why);
	last_read(&v, &l);
	last_words(&l, words, sizeof(words));
	if (last_pending(&l) && !o->discard)
		return exit_say(EXIT_PENDING,
		                "%s: %s: mount it and run cloudseal sync %s, or forget --discard loses it", v.name,
		                words, v.name);
	e = vaults_remove(&v, &why);
	if (e)
		return exit_fail(e, v.name, &why);
	printf("Forgot vault %s on this device. The store still has it.\n", v.name);
	return EXIT_OK;
}

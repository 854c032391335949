/* SPDX-License-Identifier: MIT
 * cloudseal config: shows and changes settings; a running daemon takes over at once what it can.
 */
#include "cli/commands/commands.h"
#include "cli/control/server.h"
#include "util/cleanup.h"

#include <string.h>

static int show_all(const struct conf *c, bool json)
{
	json_t *j = json ? json_object() : NULL;
	for (int i = 0; i < CONF_KEYS; i++) {
		char value[PATH_MAX];
		conf_show(c, (enum conf_key)i, value, sizeof(value));
		if (!json)
			printf("%-16s %-36s %s\n", conf_name((enum conf_key)i), value, conf_help((enum conf_key)i));
		else if (json_object_set_new(j, conf_name((enum conf_key)i),
		                             c->text[i] ? json_string(c->text[i]) : json_null()))
			return exit_fail(ERR_NOMEM, NULL, NULL);
	}
	if (json) {
		json_dumpf(j, stdout, JSON_INDENT(2));
		putchar('\n');
		json_decref(j);
	}
	return EXIT_OK;
}

/* tell_daemon: true when it uses the new value already. */
static bool tell_daemon(const struct vault_dir *v, enum conf_key k, const char *value, bool *ret_running)
{
	json_t *answer = NULL,
	       *request = json_pack("{s:s,s:s,s:s?}", "op", "config", "key", conf_name(k), "value", value);
	int code;
	err_t e = control_call(v->fd, request, NULL, NULL, &answer, &code, NULL);
	bool applied = json_is_true(json_object_get(answer, "applied"));
	*ret_running = e != ERR_NOTFOUND;
	json_decref(answer);
	return applied;
}

static err_t change(const struct vault_dir *v, struct conf *c, enum conf_key k, const char *value, struct why *why)
{
	struct store_config sc;
	err_t e = conf_set(c, k, value, why);
	conf_store(c, &sc);
	if (!e)
		e = store_parse(&sc, why); /* some settings only fit some stores */
	return e ? e : vaults_save_conf(v, c, why);
}

static int show_or_change(const struct vault_dir *v, const struct options *o, struct conf *c)
{
	enum conf_key k;
	struct why why = { 0 };
	bool changing = o->nargs == 3 || o->unset, running;
	char value[PATH_MAX];
	err_t e = conf_find(o->args[1], &k, &why);
	if (!e && changing)
		e = change(v, c, k, o->unset ? NULL : o->args[2], &why);
	if (e)
		return exit_fail(e, v->name, &why);
	conf_show(c, k, value, sizeof(value));
	if (!changing)
		puts(value);
	else if (!tell_daemon(v, k, c->text[k], &running) && running)
		printf("%s = %s, from the next mount on\n", conf_name(k), value);
	else
		printf("%s = %s\n", conf_name(k), value);
	return EXIT_OK;
}

int command_config(const struct options *o)
{
	cleanup(vaults_close) struct vault_dir v = VAULT_DIR_INIT;
	cleanup(conf_free) struct conf c = { 0 };
	struct why why = { 0 };
	if (o->unset && o->nargs != 2)
		return exit_say(EXIT_USAGE, "usage: cloudseal config --unset NAME KEY");
	err_t e = vaults_open(o->args[0], &v, &why);
	if (!e)
		e = vaults_load_conf(&v, &c, &why);
	if (e)
		return exit_fail(e, o->args[0], &why);
	return o->nargs == 1 ? show_all(&c, o->json) : show_or_change(&v, o, &c);
}

/* SPDX-License-Identifier: MIT
 * A running daemon takes a changed setting over at once where it can.
 */
#include "cli/commands/config.h"

#include "cli/control/client.h"
#include "cli/ui/escape.h"
#include "cli/ui/exit.h"
#include "cli/ui/print_json.h"
#include "cli/vaults/vaults.h"
#include "util/cleanup.h"

#include <string.h>

static int show_json(const struct conf *c)
{
	json_t *j = json_object();
	for (int i = 0; i < CONF_KEYS; i++)
		if (c->text[i] ? escape_set(j, conf_name((enum conf_key)i), c->text[i])
		               : json_object_set_new(j, conf_name((enum conf_key)i), json_null())) {
			json_decref(j);
			return exit_fail(ERR_NOMEM, NULL, NULL);
		}
	print_json(j, stdout);
	json_decref(j);
	return EXIT_OK;
}

#define VALUE_WIDTH 48 /* longer values move their own line alone */

/* shown: settings for other kinds of address are not, unless they are set. */
static bool shown(const struct conf *c, enum conf_key k)
{
	return c->text[k] || conf_concerns(c, k);
}

struct columns {
	int names, values;
};

static struct columns widths(const struct conf *c)
{
	char value[PATH_MAX];
	struct columns w = { 0, 0 };
	for (int i = 0; i < CONF_KEYS; i++) {
		if (!shown(c, (enum conf_key)i))
			continue;
		conf_show(c, (enum conf_key)i, value, sizeof(value));
		w.names = MAX(w.names, (int)strlen(conf_name((enum conf_key)i)));
		w.values = MAX(w.values, MIN((int)strlen(value), VALUE_WIDTH));
	}
	return w;
}

/* show_group: those that few people need, or the others; of other kinds of address none. */
static void show_group(const struct conf *c, struct columns w, bool advanced)
{
	char value[PATH_MAX];
	for (int i = 0; i < CONF_KEYS; i++) {
		enum conf_key k = (enum conf_key)i;
		if (conf_advanced(k) != advanced || !shown(c, k))
			continue;
		conf_show(c, k, value, sizeof(value));
		escape_print(stdout, "%-*s  %-*s  %s", w.names, conf_name(k), w.values, value, conf_help(k));
	}
}

static int show_all(const struct conf *c)
{
	struct columns w = widths(c);
	show_group(c, w, false);
	puts("\nAdvanced:");
	show_group(c, w, true);
	return EXIT_OK;
}

enum told { TOLD_NOBODY, TOLD_APPLIED, TOLD_NEXT_MOUNT };

/* tell_daemon: the new value; whether one runs, and uses it already. */
static enum told tell_daemon(const struct vault_dir *v, enum conf_key k, const char *value)
{
	cleanup(control_reply_free) struct control_reply r;
	/* none that a daemon takes over at once is of bytes that need escaping */
	json_t *request = json_pack("{s:s,s:s,s:o?}", "op", "config", "key", conf_name(k), "value",
	                            value ? escape_json(value) : NULL);
	if (control_call(v->fd, request, NULL, &r) == ERR_NOTFOUND)
		return TOLD_NOBODY;
	return json_is_true(json_object_get(r.json, "applied")) ? TOLD_APPLIED : TOLD_NEXT_MOUNT;
}

static err_t change(const struct vault_dir *v, struct conf *c, enum conf_key k, const char *value, struct why *why)
{
	struct store_config sc;
	if (value && !conf_concerns(c, k))
		return why_set(why, ERR_INVAL, "%s: has no effect on a vault at %.200s", conf_name(k),
		               c->text[CONF_STORE]);
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
	bool changing = o->nargs == 3 || o->unset;
	char value[PATH_MAX];
	err_t e = conf_find(o->args[1], &k, &why);
	if (!e && changing)
		e = change(v, c, k, o->unset ? NULL : o->args[2], &why);
	if (e)
		return exit_fail(e, v->name, &why);
	conf_show(c, k, value, sizeof(value));
	if (!changing)
		escape_print(stdout, "%s", value);
	else if (tell_daemon(v, k, c->text[k]) == TOLD_NEXT_MOUNT)
		escape_print(stdout, "%s = %s, from the next mount on", conf_name(k), value);
	else
		escape_print(stdout, "%s = %s", conf_name(k), value);
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
	if (o->nargs > 1)
		return show_or_change(&v, o, &c);
	return o->json ? show_json(&c) : show_all(&c);
}

/* SPDX-License-Identifier: MIT
 * cloudseal pin and unpin: what is to stay on this device.
 */
#include "cli/commands/commands.h"
#include "cli/control/server.h"
#include "cli/ui/progress.h"
#include "cli/commands/vault_status.h"
#include "cli/ui/units.h"
#include "util/cleanup.h"

static void show(void *ctx, json_t *p)
{
	json_int_t done = json_integer_value(json_object_get(p, "done")),
	           total = json_integer_value(json_object_get(p, "total"));
	if (done >= 0 && total >= 0)
		progress_show(ctx, (uint64_t)done, (uint64_t)total);
}

/* ask: about the inode of a path; *ret: the answer, to be dropped. */
static int ask(const char *op, const char *path, struct progress *bar, json_t **ret)
{
	cleanup(vaults_close) struct vault_dir v = VAULT_DIR_INIT;
	struct why why = { 0 };
	char text[24];
	uint64_t ino;
	int code = target_path(path, &v, &ino);
	if (code)
		return code;
	snprintf(text, sizeof(text), "%llu", (unsigned long long)ino);
	err_t e = control_call(v.fd, json_pack("{s:s,s:s}", "op", op, "ino", text), bar ? show : NULL, bar, ret, &code,
	                       &why);
	if (!e)
		return EXIT_OK;
	if (bar)
		progress_end(bar);
	if (e == ERR_NOTFOUND && !why.text[0])
		return exit_say(EXIT_NOTFOUND, "%s: is not mounted", v.name);
	exit_fail(e, path, &why);
	return code ? code : (int)exit_of(e);
}

int command_pin(const struct options *o)
{
	struct progress bar;
	json_t *answer = NULL;
	char text[32], limit[32];
	progress_begin(&bar, "Fetching", o->quiet);
	int code = ask("pin", o->args[0], &bar, &answer);
	if (code)
		return code;
	progress_end(&bar);
	json_int_t pinned = json_integer_value(json_object_get(json_object_get(answer, "space"), "pinned_bytes")),
	           most = json_integer_value(json_object_get(answer, "limit"));
	json_decref(answer);
	units_size(pinned > 0 ? (uint64_t)pinned : 0, text, sizeof(text));
	printf("%s: pinned, all %s are on this device.\n", o->args[0], text);
	if (most > 0 && pinned > most) {
		units_size((uint64_t)most, limit, sizeof(limit));
		printf("That is more than the cache limit of %s: nothing else will stay in the cache.\n", limit);
	}
	return EXIT_OK;
}

int command_unpin(const struct options *o)
{
	json_t *answer = NULL;
	int code = ask("unpin", o->args[0], NULL, &answer);
	json_decref(answer);
	if (!code)
		printf("%s: not pinned any more.\n", o->args[0]);
	return code;
}

int space_of_path(const char *path, json_t **ret)
{
	json_t *answer = NULL;
	int code = ask("space", path, NULL, &answer);
	if (!code)
		*ret = json_incref(json_object_get(answer, "space"));
	json_decref(answer);
	return code;
}

/* SPDX-License-Identifier: MIT
 * cloudseal sync, and the wait that lock --flush shares.
 */
#include "cli/control/server.h"
#include "cli/ui/progress.h"
#include "cli/commands/wait_upload.h"
#include "util/cleanup.h"

#include <string.h>

struct wait {
	struct progress bar;
	json_int_t first_sent;
	bool started;
};

static void show(void *ctx, json_t *p)
{
	struct wait *w = ctx;
	json_int_t sent = json_integer_value(json_object_get(p, "sent"));
	json_int_t left = json_integer_value(json_object_get(p, "left"));
	if (!w->started)
		w->first_sent = sent;
	w->started = true;
	uint64_t done = sent > w->first_sent ? (uint64_t)(sent - w->first_sent) : 0;
	progress_show(&w->bar, done, done + (left > 0 ? (uint64_t)left : 0));
}

int waiting_for_upload(const struct vault_dir *v, const struct options *o)
{
	struct wait w = { .started = false };
	struct why why = { 0 };
	json_t *answer = NULL;
	int code;
	progress_begin(&w.bar, "Uploading", o->quiet);
	err_t e = control_call(v->fd, json_pack("{s:s,s:I}", "op", "sync", "timeout", (json_int_t)o->timeout), show, &w,
	                       &answer, &code, &why);
	progress_end(&w.bar);
	json_decref(answer);
	if (e == ERR_TIMEOUT)
		why.text[0] = 0;
	if (e == ERR_TIMEOUT && o->timeout)
		why_set(&why, e, "not everything is uploaded after %lld s", (long long)o->timeout);
	if (e == ERR_NOTFOUND)
		return exit_say(EXIT_NOTFOUND, "%s: is not mounted", v->name);
	if (!e)
		return EXIT_OK;
	exit_fail(e, v->name, &why);
	return code;
}

int command_sync(const struct options *o)
{
	cleanup(vaults_close) struct vault_dir v = VAULT_DIR_INIT;
	int code = target_open(o->args[0], &v);
	if (!code)
		code = waiting_for_upload(&v, o);
	if (!code)
		printf("%s: everything is on the store.\n", v.name);
	return code;
}

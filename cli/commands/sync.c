/* SPDX-License-Identifier: MIT */
#include "cli/commands/sync.h"

#include "cli/commands/vault_status.h"
#include "cli/commands/wait_upload.h"
#include "cli/ui/exit.h"
#include "cli/vaults/target.h"
#include "util/cleanup.h"

/* say_alarm: all that is here is uploaded; the code tells whether the vault is well, too. */
static int say_alarm(const struct vault_dir *v)
{
	json_t *status = NULL;
	struct why why = { 0 };
	err_t e = status_of(v, STATUS_PLAIN, &status, &why);
	const json_t *alarm = status_alarm(status);
	const char *text = json_string_value(json_object_get(alarm, "text"));
	int code = EXIT_OK;
	if (e)
		code = exit_fail(e, v->name, &why);
	else if (alarm)
		code = exit_say(EXIT_STOPPED, "%s: alarm: %s (cloudseal status %s tells what to do)", v->name,
		                text ? text : "?", v->name);
	json_decref(status);
	return code;
}

int command_sync(const struct options *o)
{
	cleanup(vaults_close) struct vault_dir v = VAULT_DIR_INIT;
	int code = target_open(o->args[0], &v);
	if (!code)
		code = wait_upload(&v, o);
	if (!code)
		printf("%s: everything is uploaded.\n", v.name);
	return code ? code : say_alarm(&v);
}

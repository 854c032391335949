/* SPDX-License-Identifier: MIT */
#include "cli/commands/device_rename.h"

#include "cli/commands/device_ask.h"
#include "cli/commands/device_pick.h"
#include "cli/ui/escape.h"
#include "cli/ui/exit.h"
#include "cli/vaults/target.h"
#include "util/cleanup.h"

static void drop(json_t *const *j)
{
	json_decref(*j);
}

static int rename_one(const struct vault_dir *v, const json_t *device, const char *name)
{
	char called[80];
	device_called(device, called);
	if (!json_is_true(json_object_get(device, "this")))
		return exit_say(EXIT_USAGE, "%s: %s can be renamed on that device alone: run this there", v->name,
		                called);
	int code = device_ask_do(v, "rename", name);
	if (!code)
		escape_print(stdout, "%s: this device is called %s now; others see it with the next upload.", v->name,
		             name);
	return code;
}

int command_device_rename(const struct options *o)
{
	cleanup(vaults_close) struct vault_dir v = VAULT_DIR_INIT;
	cleanup(drop) json_t *answer = NULL;
	const json_t *device = NULL;
	struct why why = { 0 };
	int code = target_open(o->args[1], &v);
	if (!code)
		code = device_ask_list(&v, &answer);
	if (code)
		return code;
	err_t e = device_pick(json_object_get(answer, "devices"), o->args[2], &device, &why);
	return e ? exit_fail(e, v.name, &why) : rename_one(&v, device, o->args[3]);
}

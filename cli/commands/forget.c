/* SPDX-License-Identifier: MIT */
#include "cli/commands/forget.h"

#include "cli/commands/give_up.h"
#include "cli/daemon/mount_guard.h"
#include "cli/ui/exit.h"
#include "util/cleanup.h"

/* forget_unfinished: what an init or join left, of which others may know already: the same command goes on there. */
static int forget_unfinished(const struct options *o, struct vault_dir *v)
{
	struct why why = { 0 };
	err_t e = vaults_lock(v, &why);
	if (e == ERR_BUSY)
		return exit_say(EXIT_BUSY, "%s: an init or join of that name is running: end it first", v->name);
	if (!e && vaults_begun(v) && !o->discard)
		return exit_say(EXIT_PENDING,
		                "%s: an init or join of that name did not end, and goes on when it is run again; "
		                "forget --discard drops it: the vault may list its device then, which nobody has",
		                v->name);
	if (!e)
		e = vaults_remove(v, &why);
	if (e)
		return exit_fail(e, v->name, &why);
	printf("Forgot what an unfinished init or join of %s left on this device.\n", v->name);
	return EXIT_OK;
}

int command_forget(const struct options *o)
{
	cleanup(vaults_close) struct vault_dir v = VAULT_DIR_INIT;
	struct why why = { 0 };
	if (!vaults_open_unfinished(o->args[0], &v, NULL))
		return forget_unfinished(o, &v);
	int code = give_up(o, "forget", &v);
	if (code)
		return code;
	mount_guard_lift(&v);
	err_t e = vaults_remove(&v, &why);
	if (e)
		return exit_fail(e, v.name, &why);
	printf("Forgot vault %s on this device. The cloud still has it.\n", v.name);
	return EXIT_OK;
}

/* SPDX-License-Identifier: MIT */
#include "cli/commands/forget.h"

#include "cli/commands/give_up.h"
#include "cli/daemon/mount_guard.h"
#include "cli/ui/exit.h"
#include "util/cleanup.h"

int command_forget(const struct options *o)
{
	cleanup(vaults_close) struct vault_dir v = VAULT_DIR_INIT;
	struct why why = { 0 };
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

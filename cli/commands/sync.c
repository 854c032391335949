/* SPDX-License-Identifier: MIT */
#include "cli/commands/sync.h"

#include "cli/commands/wait_upload.h"
#include "cli/ui/exit.h"
#include "cli/vaults/target.h"
#include "util/cleanup.h"

int command_sync(const struct options *o)
{
	cleanup(vaults_close) struct vault_dir v = VAULT_DIR_INIT;
	int code = target_open(o->args[0], &v);
	if (!code)
		code = wait_upload(&v, o);
	if (!code)
		printf("%s: everything is on the store.\n", v.name);
	return code;
}

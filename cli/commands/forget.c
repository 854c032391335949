/* SPDX-License-Identifier: MIT */
#include "cli/commands/forget.h"

#include "cli/daemon/ending.h"
#include "cli/daemon/mount_guard.h"
#include "cli/ui/exit.h"
#include "cli/vaults/last.h"
#include "util/cleanup.h"

int command_forget(const struct options *o)
{
	cleanup(vaults_close) struct vault_dir v = VAULT_DIR_INIT;
	struct why why = { 0 };
	struct last l;
	char words[128];
	err_t e = vaults_open(o->args[0], &v, &why);
	if (!e)
		e = ending_lock(&v, ENDING_UPLOADS_WAIT, &why);
	if (e)
		return exit_fail(e, o->args[0], &why);
	last_read(&v, &l);
	last_words(&l, words, sizeof(words));
	if (last_pending(&l) && !o->discard)
		return exit_say(EXIT_PENDING,
		                "%s: %s: mount it and run cloudseal sync %s, or forget --discard loses it", v.name,
		                words, v.name);
	mount_guard_lift(&v);
	e = vaults_remove(&v, &why);
	if (e)
		return exit_fail(e, v.name, &why);
	printf("Forgot vault %s on this device. The cloud still has it.\n", v.name);
	return EXIT_OK;
}

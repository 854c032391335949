/* SPDX-License-Identifier: MIT */
#include "cli/commands/give_up.h"

#include "cli/daemon/ending.h"
#include "cli/ui/exit.h"
#include "cli/vaults/last.h"

int give_up(const struct options *o, const char *command, struct vault_dir *v)
{
	struct why why = { 0 };
	struct last l;
	char words[128];
	err_t e = vaults_open(o->args[0], v, &why);
	if (!e)
		e = ending_lock(v, ENDING_UPLOADS_WAIT, &why);
	if (e)
		return exit_fail(e, o->args[0], &why);
	last_read(v, &l);
	last_words(&l, words, sizeof(words));
	if (!last_pending(&l) || o->discard)
		return EXIT_OK;
	return exit_say(EXIT_PENDING, "%s: %s: if it mounts, mount it and run cloudseal sync %s; %s --discard loses it",
	                v->name, words, v->name, command);
}

/* SPDX-License-Identifier: MIT */
#include "cli/commands/device.h"

#include "cli/commands/device_invite.h"
#include "cli/commands/device_list.h"
#include "cli/commands/device_rename.h"
#include "cli/commands/device_revoke.h"
#include "cli/ui/exit.h"
#include "cli/ui/nearest.h"
#include "util/cleanup.h"

#include <string.h>

struct part { /* of the command */
	const char *name, *args;
	int nargs; /* with its own name */
	int (*run)(const struct options *o);
};

static const struct part parts[] = {
	{ "list", "NAME", 2, command_device_list },
	{ "invite", "NAME", 2, device_invite },
	{ "rename", "NAME DEVICE NEW", 4, command_device_rename },
	{ "revoke", "NAME DEVICE", 3, command_device_revoke },
};

static int unknown(const char *name)
{
	struct nearest n = nearest_to(name, strlen(name));
	char hint[NEAREST_HINT_MAX];
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		nearest_try(&n, parts[i].name);
	return exit_say(EXIT_USAGE,
	                "device: '%.40s' is nothing to do with devices%s (cloudseal device --help tells more)", name,
	                nearest_hint(&n, hint, sizeof(hint)));
}

int command_device(const struct options *o)
{
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		const struct part *p = &parts[i];
		if (strcmp(p->name, o->args[0]) != 0)
			continue;
		if (o->nargs == p->nargs)
			return p->run(o);
		return exit_say(EXIT_USAGE, "usage: cloudseal device %s %s (cloudseal device --help tells more)",
		                p->name, p->args);
	}
	return unknown(o->args[0]);
}

/* SPDX-License-Identifier: MIT */
#include "cli/commands/list.h"

#include "cli/commands/listing.h"
#include "cli/ui/exit.h"
#include "cli/ui/print_json.h"
#include "util/cleanup.h"

static const char *text_of(const json_t *j, const char *name, const char *fallback)
{
	const char *s = json_string_value(json_object_get(j, name));
	return s ? s : fallback;
}

int command_list(const struct options *o)
{
	cleanup(listing_free) struct listing l = { 0 };
	size_t i;
	json_t *j;
	int code = listing_all(STATUS_PLAIN, &l);
	if (code)
		return code;
	if (o->json)
		print_json(l.all, stdout);
	else
		json_array_foreach(l.all, i, j)
		{
			printf("%-20s %-30s %s\n", text_of(j, "name", "?"), text_of(j, "store", "?"),
			       text_of(j, "mount_point", "locked"));
		}
	return EXIT_OK;
}

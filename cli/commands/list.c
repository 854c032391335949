/* SPDX-License-Identifier: MIT */
#include "cli/commands/list.h"

#include "cli/commands/listing.h"
#include "cli/ui/escape.h"
#include "cli/ui/exit.h"
#include "cli/ui/print_json.h"
#include "util/cleanup.h"

#include <string.h>

static const char *text_of(const json_t *j, const char *name, const char *fallback)
{
	const char *s = json_string_value(json_object_get(j, name));
	return s ? s : fallback;
}

static int widest(const json_t *all, const char *name, int at_least)
{
	size_t i;
	json_t *j;
	json_array_foreach(all, i, j)
	{
		at_least = MAX(at_least, (int)strlen(text_of(j, name, "?")));
	}
	return at_least;
}

static void show(const json_t *all)
{
	const int names = widest(all, "name", 4), stores = widest(all, "store", 5);
	size_t i;
	json_t *j;
	if (!json_array_size(all))
		fputs("No vaults here yet: cloudseal init makes one, cloudseal join opens one that exists.\n", stderr);
	else
		printf("%-*s  %-*s  %s\n", names, "NAME", stores, "CLOUD", "MOUNTED AT");
	json_array_foreach(all, i, j)
	{
		escape_print(stdout, "%-*s  %-*s  %s", names, text_of(j, "name", "?"), stores, text_of(j, "store", "?"),
		             text_of(j, "mount_point", "locked"));
	}
}

int command_list(const struct options *o)
{
	cleanup(listing_free) struct listing l = { 0 };
	int code = listing_all(STATUS_PLAIN, &l);
	if (code)
		return code;
	if (o->json)
		print_json(l.all, stdout);
	else
		show(l.all);
	return EXIT_OK;
}

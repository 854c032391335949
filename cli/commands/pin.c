/* SPDX-License-Identifier: MIT */
#include "cli/commands/pin.h"

#include "cli/commands/ask_path.h"
#include "cli/ui/escape.h"
#include "cli/ui/exit.h"
#include "cli/ui/progress.h"
#include "cli/ui/units.h"

static void show(void *ctx, json_t *p)
{
	json_int_t done = json_integer_value(json_object_get(p, "done")),
	           total = json_integer_value(json_object_get(p, "total"));
	if (done >= 0 && total >= 0)
		progress_show(ctx, (uint64_t)done, (uint64_t)total);
}

static void say_pinned(const char *path, const json_t *answer)
{
	char text[32], limit[32];
	json_int_t pinned = json_integer_value(json_object_get(json_object_get(answer, "space"), "pinned_bytes")),
	           most = json_integer_value(json_object_get(answer, "limit"));
	units_size(pinned > 0 ? (uint64_t)pinned : 0, text, sizeof(text));
	escape_print(stdout, "%s: pinned, all %s are on this device.", path, text);
	if (most > 0 && pinned > most) {
		units_size((uint64_t)most, limit, sizeof(limit));
		printf("That is more than the cache limit of %s: nothing else will stay in the cache.\n", limit);
	}
}

int command_pin(const struct options *o)
{
	struct progress bar;
	const struct control_watch watch = { show, &bar };
	json_t *answer = NULL;
	progress_begin(&bar, "Fetching", o->quiet);
	int code = ask_path("pin", o->args[0], &watch, &answer);
	progress_end(&bar);
	if (!code)
		say_pinned(o->args[0], answer);
	json_decref(answer);
	return code;
}

int command_unpin(const struct options *o)
{
	json_t *answer = NULL;
	int code = ask_path("unpin", o->args[0], NULL, &answer);
	json_decref(answer);
	if (!code)
		escape_print(stdout, "%s: not pinned any more.", o->args[0]);
	return code;
}

/* SPDX-License-Identifier: MIT */
#include "cli/ui/log_env.h"

#include <stdlib.h>

struct log_levels log_env(enum log_level fallback, struct why *why)
{
	const char *list = getenv("CLOUDSEAL_LOG");
	struct log_levels levels = log_levels_all(fallback);
	struct why cause = { 0 };
	if (list && *list && log_levels_parse(list, &levels, &cause))
		why_set(why, ERR_INVAL, "CLOUDSEAL_LOG=%.200s: %s. The whole list is ignored", list, cause.text);
	return levels;
}

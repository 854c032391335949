/* SPDX-License-Identifier: MIT */
#include "util/invariant.h"

#include "util/log.h"

#include <stdlib.h>

void invariant_failed(const char *expression, const char *file, int line)
{
	log_error(AREA_UTIL, "%s:%d: does not hold: %s", file, line, expression);
	abort();
}

/* SPDX-License-Identifier: MIT */
#include "util/invariant.h"

#include "util/log.h"

#include <stdlib.h>

void invariant_failed(const char *expression, const char *file, int line)
{
	log_error("invariant", "%s:%d: does not hold: %s", file, line, expression);
	abort();
}

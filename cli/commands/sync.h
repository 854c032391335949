/* SPDX-License-Identifier: MIT */
#pragma once

#include "cli/ui/options.h"

/* command_sync: wait until everything is on the store. An exit code; what went wrong is printed. */
int command_sync(const struct options *o);

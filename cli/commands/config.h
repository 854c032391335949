/* SPDX-License-Identifier: MIT */
#pragma once

#include "cli/ui/options.h"

/* command_config: show or change settings. An exit code; what went wrong is printed. */
int command_config(const struct options *o);

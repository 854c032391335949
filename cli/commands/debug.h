/* SPDX-License-Identifier: MIT */
#pragma once

#include "cli/ui/options.h"

/* command_debug: shows what the bytes of a vault say. An exit code; what went wrong is printed. */
int command_debug(const struct options *o);

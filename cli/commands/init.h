/* SPDX-License-Identifier: MIT */
#pragma once

#include "cli/ui/options.h"

/* command_init: a new vault on a store. An exit code; what went wrong is printed. */
int command_init(const struct options *o);

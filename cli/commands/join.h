/* SPDX-License-Identifier: MIT */
#pragma once

#include "cli/ui/options.h"

/* command_join: an existing vault on this device. An exit code; what went wrong is printed. */
int command_join(const struct options *o);

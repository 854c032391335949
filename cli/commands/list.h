/* SPDX-License-Identifier: MIT */
#pragma once

#include "cli/ui/options.h"

/* command_list: vaults known on this device. An exit code; what went wrong is printed. */
int command_list(const struct options *o);

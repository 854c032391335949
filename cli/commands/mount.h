/* SPDX-License-Identifier: MIT */
#pragma once

#include "cli/ui/options.h"

/* command_mount: unlock and mount. An exit code; what went wrong is printed. */
int command_mount(const struct options *o);

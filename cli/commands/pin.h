/* SPDX-License-Identifier: MIT */
#pragma once

#include "cli/ui/options.h"

/* command_pin: keeps a file or tree on this device. An exit code; what went wrong is printed. */
int command_pin(const struct options *o);
/* command_unpin: lets the cache drop it again. */
int command_unpin(const struct options *o);

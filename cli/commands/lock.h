/* SPDX-License-Identifier: MIT */
#pragma once

#include "cli/ui/options.h"

/* command_lock: unmount and wipe the keys. An exit code; what went wrong is printed. */
int command_lock(const struct options *o);

/* SPDX-License-Identifier: MIT */
#pragma once

#include "cli/ui/options.h"

/* command_forget: drop this device's copy. An exit code; what went wrong is printed. */
int command_forget(const struct options *o);

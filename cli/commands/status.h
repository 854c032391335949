/* SPDX-License-Identifier: MIT */
#pragma once

#include "cli/ui/options.h"

/* command_status: what a vault is doing and what is not uploaded yet. An exit code; what went wrong is printed. */
int command_status(const struct options *o);

/* SPDX-License-Identifier: MIT */
#pragma once

#include "cli/ui/options.h"

/* command_device: `device WHAT ...`, of a table. */
int command_device(const struct options *o);

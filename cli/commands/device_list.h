/* SPDX-License-Identifier: MIT */
#pragma once

#include "cli/ui/options.h"

/* command_device_list: `device list NAME`. */
int command_device_list(const struct options *o);

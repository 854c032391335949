/* SPDX-License-Identifier: MIT */
#pragma once

#include "cli/ui/options.h"

/* command_device_rename: `device rename NAME DEVICE NEW`: of this device alone, as nobody else may say its name. */
int command_device_rename(const struct options *o);

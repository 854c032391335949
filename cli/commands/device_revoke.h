/* SPDX-License-Identifier: MIT */
#pragma once

#include "cli/ui/options.h"

/* command_device_revoke: `device revoke NAME DEVICE`: asks, unless --yes; waits until it is uploaded. */
int command_device_revoke(const struct options *o);

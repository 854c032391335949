/* SPDX-License-Identifier: MIT */
#pragma once

#include "cli/ui/options.h"

int command_lost(const struct options *o);

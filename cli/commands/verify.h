/* SPDX-License-Identifier: MIT */
#pragma once

#include "cli/ui/options.h"

int command_verify(const struct options *o);

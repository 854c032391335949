/* SPDX-License-Identifier: MIT
 * The recovery key of a vault: does it open, what is known of it, another one.
 */
#pragma once

#include "cli/ui/options.h"

int command_recovery(const struct options *o);

/* SPDX-License-Identifier: MIT
 * cloudseal conflicts: what is shown under conflict names.
 */
#pragma once

#include "cli/ui/options.h"

int command_conflicts(const struct options *o);

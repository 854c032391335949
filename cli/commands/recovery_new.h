/* SPDX-License-Identifier: MIT
 * Another recovery key for a vault that is mounted, and the objection of the one that it has.
 */
#pragma once

#include "cli/ui/options.h"

int recovery_new(const struct options *o);
int recovery_veto(const struct options *o);

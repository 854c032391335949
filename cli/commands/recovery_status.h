/* SPDX-License-Identifier: MIT
 * What is known of a vault's recovery key.
 */
#pragma once

#include "cli/ui/options.h"

int recovery_status(const struct options *o);

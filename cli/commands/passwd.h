/* SPDX-License-Identifier: MIT
 * The passphrase of this device for a vault.
 */
#pragma once

#include "cli/ui/options.h"

int command_passwd(const struct options *o);

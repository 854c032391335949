/* SPDX-License-Identifier: MIT
 * `cloudseal device invite NAME`: another device is let into a vault that is mounted here. The daemon does it
 * (cli/daemon/mounted_vault_invite.h); this shows the code, waits for who asks, and asks the person.
 */
#pragma once

#include "cli/ui/options.h"

/* device_invite: o->args[1] is the vault. An exit code. The code that was shown stays good for its day when this ends
 * before anybody asked. */
int device_invite(const struct options *o);

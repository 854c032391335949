/* SPDX-License-Identifier: MIT
 * Taking a mount down, and why it stays when it does.
 */
#pragma once

#include "util/error.h"

/* unmounting: umount2 with these flags; where only root may, the helper fusermount3 does it. 0, or an errno value:
 * EBUSY means in use and nothing else. `why` gets the reason without `dir`: the kernel's, or what the helper said. */
MUST_CHECK int unmounting(const char *dir, int flags, struct why *why);

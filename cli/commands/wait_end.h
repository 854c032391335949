/* SPDX-License-Identifier: MIT
 * Waiting for the end of a daemon that is unmounted, which uploads what is left (cli/daemon/leaving.h): with a bar, or
 * one line where there is no terminal.
 */
#pragma once

#include "cli/ui/options.h"
#include "cli/vaults/vaults.h"

/* wait_end: until the process behind `pidfd` is gone. Ctrl-C ends its uploading, not the locking. False: it is still
 * there two minutes after it said that it uploads. */
bool wait_end(const struct vault_dir *v, const struct options *o, int pidfd);

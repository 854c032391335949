/* SPDX-License-Identifier: MIT
 * Waiting for a daemon to upload, with a bar: for sync and lock --flush.
 */
#pragma once

#include "cli/ui/options.h"
#include "cli/vaults/vaults.h"

/* wait_upload: 0 when everything is on the store; else an exit code, and the line is printed. */
int wait_upload(const struct vault_dir *v, const struct options *o);
/* wait_upload_try: likewise, but what it fails with is told: *ret_code, *why. */
MUST_CHECK err_t wait_upload_try(const struct vault_dir *v, const struct options *o, int *ret_code, struct why *why);

/* SPDX-License-Identifier: MIT
 * Whether the folder is read-only, and why: this device was removed from the vault (sync/members/removed.h); or the
 * vault is known to be incomplete (sync/incomplete.h).
 *
 *   at the mount   incomplete, as the last one knew it: read-only, unless the person says --force-writable
 *   later          complete again: writable at once; incomplete only now: it is said, and goes on as it is, since
 *                  programs have files open; the next mount is read-only
 */
#pragma once

#include "cli/daemon/mounted_vault.h"

/* Hooks of the engine: ctx is the vault, whose fs may not be there yet. */
void mounted_vault_on_removed(void *ctx, bool removed);
void mounted_vault_on_incomplete(void *ctx, bool incomplete);
/* mounted_vault_protect: once, before it is served; whoever mounts is told. True: something was said. */
bool mounted_vault_protect(struct mounted_vault *v, bool force);
/* mounted_vault_read_only: why, for programs; NULL: it is not. */
const char *mounted_vault_read_only(const struct mounted_vault *v);

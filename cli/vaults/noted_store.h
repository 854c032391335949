/* SPDX-License-Identifier: MIT
 * What init puts on a store is noted in the staging first, so that an init that ends before the header is there leaves
 * nothing: names of objects follow from keys, and nobody has those afterwards.
 *
 * The file `uploaded` has the store's address and then the names, a line each; durable before the PUT of each.
 */
#pragma once

#include "cli/vaults/vaults.h"
#include "remote/store.h"

/* noted_store_new: in front of `to`, which stays the caller's, as `v` does. NULL: out of memory. */
struct store *noted_store_new(struct store *to, const struct vault_dir *v, const char *address);
/* noted_store_undo: deletes what an init before noted, where it was at this address; its header, if it noted that, was
 * not found there. What the store fails with: it is tried again by the next init. */
MUST_CHECK err_t noted_store_undo(struct store *store, const struct vault_dir *v, const char *address, struct why *why);
/* noted_store_has: whether that was put, or tried to be. */
bool noted_store_has(const struct vault_dir *v, const char *name);
/* noted_store_forget: the vault is whole, so that nobody asks for it any more. */
void noted_store_forget(const struct vault_dir *v);

/* SPDX-License-Identifier: MIT
 * Another stream goes on with what is open here: a state that was restored or copied must not go on with its own, of
 * which others have more.
 */
#pragma once

#include "vault/changeset/changeset.h"

/* changeset_become: what is open stays as it is, with the stamps that it has, and will be commit 1 of `stream`,
 * together with `said`: records under keys of no inode that nobody has yet; stops everybody by the map's freeze hook.
 * `b`: what else changes with it, in the same batch. ERR_BUSY: something is closed; ERR_EXISTS: one of `said` is in the
 * open set. Not under what the hook takes. */
MUST_CHECK err_t changeset_become(struct changeset *c, uint64_t stream, const struct records *said, struct batch *b);

/* SPDX-License-Identifier: MIT
 * Statements of others: they are in the mailbox alone, and who put one there may be gone. So each device keeps those
 * that it read there, and puts what the store lost back: who joins later knows no stream without them, and may take
 * nothing that stands on one.
 */
#pragma once

#include "sync/core/ops.h"

struct sync;
/* proof_sweep: a look at every place begins. */
void proof_sweep(struct sync *s);
/* proof_keep: a place showed this statement, which was verified. What the map fails with. */
MUST_CHECK err_t proof_keep(struct sync *s, struct span statement);
/* proof_mend: behind that look: what is kept and no place showed is PUT into the first free places of the newest epoch.
 * Our own statement has its place (join_keep). What map and store fail with; ERR_LIMIT. */
MUST_CHECK err_t proof_mend(struct sync *s);

/* SPDX-License-Identifier: MIT
 * What bootstrap and the engine share about setting up a device.
 */
#pragma once

#include "sync/bootstrap.h"
#include "sync/core/ops.h"

/* join_fresh: the engine's first state: header, streams of genesis and of this device, an empty chain. */
MUST_CHECK err_t join_fresh(const struct bootstrap *b);
/* join_records: this device's own records as `ops`: device, stream and (join) statement. */
MUST_CHECK err_t join_records(const struct bootstrap *b, struct id slot, struct span statement, struct ops *o);
/* join_statement: signs, persists statement and records, PUTs the statement into the mailbox. */
MUST_CHECK err_t join_statement(struct sync *s, const struct bootstrap *b, const struct slot *slot);
/* join_keep: our statement stays in the mailbox until it is on the chain; `again`: it is looked at even then. */
MUST_CHECK err_t join_keep(struct sync *s, bool again);

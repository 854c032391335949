/* SPDX-License-Identifier: MIT
 * What bootstrap and the engine share about setting up a device.
 */
#pragma once

#include "sync/bootstrap.h"
#include "sync/core/state.h"

/* join_fresh: the engine's first state: header, streams of genesis and of this device, nothing applied. */
MUST_CHECK err_t join_fresh(const struct bootstrap *b);
/* join_statement: signs and persists the statement, and PUTs it into the mailbox. */
MUST_CHECK err_t join_statement(struct sync *s, const struct bootstrap *b, const struct slot *slot);
/* join_keep: our statement stays in the mailbox: it is nowhere else. */
MUST_CHECK err_t join_keep(struct sync *s);
/* join_again: another's statement into the first free place from j->place on, which moves there; places of what proves
 * nothing stay, since a store may show the truth later. ERR_LIMIT, what the store fails with. */
MUST_CHECK err_t join_again(struct sync *s, struct join *j);
